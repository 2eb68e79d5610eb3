#!/bin/sh
# Prints what an original says to each command line of lines.txt, as errors-*.txt hold it:
#   ./capture.sh openssl >errors-3.0.txt
cd "$(dirname "$0")" || exit 1
echo "# $("$1" version | cut -d' ' -f1,2); written by capture.sh from lines.txt."
while IFS= read -r line; do
    printf '\n%s\n' "$line"
    eval "\"$1\" s_server $line" 2>&1 </dev/null
done <lines.txt
