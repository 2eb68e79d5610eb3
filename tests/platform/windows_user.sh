#!/usr/bin/env bash
# windows_user.sh [S_SERVER.EXE]: uses the program under Wine as somebody on Windows does: names that are not ASCII,
# files with CR LF, a pipe, a console, a busy port, a browser, a client of DTLS. Silent, and 0, when all is right. Build it before:
# windows.sh build -p s-server
set -euo pipefail
here=$(dirname "$(readlink -f "$0")"); pki=$here/../pki
exe=$(readlink -f "${1:-$here/../../target/x86_64-pc-windows-gnu/debug/s_server.exe}")
work=$(mktemp -d); pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

wrong() { echo "windows_user.sh: $*" >&2; tail -n 20 err* >&2; exit 1; }
# start COMMAND…: begins it with pipes, and waits until it listens; `port` says where.
start() {
  coproc SERVER { exec "$@" 2>err; }
  pid=$SERVER_PID
  exec {from}<&"${SERVER[0]}" {to}>&"${SERVER[1]}"
  expect 'ACCEPT .*:([0-9]+)'; port=${BASH_REMATCH[1]}
}
server=("$here/windows.sh" wine "$exe" -accept 127.0.0.1:0)
# expect PATTERN: reads on until a line has it.
expect() {
  local line
  while IFS= read -r -t 20 line <&"$from"; do if [[ $line =~ $1 ]]; then return; fi; done
  wrong "no $1"
}
# over: the program ends with status 0.
over() { wait "$pid" || wrong "status $? of the program"; pid=; exec {from}<&- {to}>&-; }
# fails PATTERN OPTION…: does not start, with status 1 and this on standard error, in words.
fails() {
  local pattern=$1 status=0; shift
  "${server[@]}" "$@" </dev/null >/dev/null 2>err-start || status=$?
  [ $status = 1 ] && grep -q "$pattern" err-start || wrong "status $status, not: $pattern"
  ! grep -qi 'unknown error\|OS Error' err-start || wrong "no words"
}
# talk TEXT CLIENT…: the client says it, the operator hears it, answers and ends the server.
talk() {
  local heard answer said=$1; shift
  exec {heard}< <("$@" <<<"$said")
  expect "$said"
  printf 'für Sie%b' "$enter" >&"$to"
  IFS= read -r -t 20 answer <&"$heard" && [ "$answer" = $'für Sie\r' ] || wrong "the client hears '${answer@Q}'"
  printf 'Q%b' "$enter" >&"$to"
  over
  exec {heard}<&-
}
client() { openssl s_client -connect "127.0.0.1:$port" -quiet "$@" 2>/dev/null; }

k='Schlüssel für ж'; mkdir -p "$k/ca"; hash=$(openssl x509 -hash -noout -in "$pki/root.pem")
for name in rsa.pem rsa.enc.key inter.pem root.pem dh2048.pem; do sed 's/$/\r/' "$pki/$name" >"$k/$name"; done
cp "$pki/root.pem" "$k/ca/$hash.0"; cp "$pki/root.crl" "$k/ca/$hash.r0"
printf 'secret\r\n' >"$k/Kennwort.txt"; printf 'eins\r\nzwei\r\n' >"$k/größe.txt"

# Every kind of file, a client with a certificate, and a talk by pipes.
start "${server[@]}" -cert "$k/rsa.pem" -key "$k/rsa.enc.key" -pass "file:$k/Kennwort.txt" -cert_chain "$k/inter.pem" \
  -Verify 1 -verify_return_error -CApath "$k/ca" -CAfile "$k/root.pem" -CAstore "$k/root.pem" -crl_check -CRL "$k/ca/$hash.r0" \
  -chainCAfile "$k/root.pem" -chainCApath "$k/ca" -verifyCApath "$k/ca" -dhparam "$k/dh2048.pem" \
  -rand "$k/größe.txt" -writerand "$k/saat" -keylogfile "$k/geheim.log" -record "$k/alles"
enter='\r\n' talk 'grüß Gott' client -cert "$pki/client.pem" -key "$pki/client.key"
[ -s "$k/geheim.log" ] && [ -s "$k/saat" ] || wrong 'files that it should write'
"$here/windows.sh" wine "$exe" -replay "$k/alles" >/dev/null 2>err-replay || wrong 'the replay'
fails "^Could not open file or uri .* from $k/fehlt: No such file or directory" -cert "$k/fehlt"

# A console, and meanwhile somebody who wants the same port, or an address of another machine.
start script -qefc "${server[*]@Q} -selfsigned" /dev/null
fails 'calling bind()' -selfsigned -accept "127.0.0.1:$port"
fails 'calling bind()' -selfsigned -accept 192.0.2.1:0
fails 'BIO_lookup_ex' -selfsigned -accept nobody.invalid:1
enter='\r' talk hello client

# A browser: the page, and a file to the byte.
start "${server[@]}" -selfsigned -www -naccept 1
curl -sSk "https://127.0.0.1:$port/" | grep -q '^Ciphers supported in s_server' || wrong 'the page'
over
start "${server[@]}" -selfsigned -WWW -naccept 2
curl -sSk "https://127.0.0.1:$port/Schl%C3%BCssel%20f%C3%BCr%20%D0%B6/gr%C3%B6%C3%9Fe.txt" | cmp - "$k/größe.txt" || wrong 'the file'
[ "$(curl -sSk -o /dev/null -w '%{http_code}' "https://127.0.0.1:$port/nul")" = 404 ] || wrong 'a device'
over

# A client of DTLS. At any address: of a socket of IPv4 alone Wine cannot say which one was asked.
start "$here/windows.sh" wine "$exe" -accept 0 -dtls -selfsigned
enter='\r\n' talk 'grüß Gott' client -dtls
