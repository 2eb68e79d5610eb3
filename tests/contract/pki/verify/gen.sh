#!/bin/sh
# Creates the certificates and revocation lists that single verification parameters are shown with. Run it in this
# folder; the root and the client above are used.
set -e
D=36500
issue() { # name subject issuer ext-lines...
    n=$1; s=$2; i=$3; shift 3
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$n.key" 2>/dev/null
    openssl req -new -key "$n.key" -subj "$s" -out "$n.csr"
    printf '%s\n' "$@" > "$n.ext"
    openssl x509 -req -in "$n.csr" -CA "$i.pem" -CAkey "$i.key" -CAcreateserial -sha256 -days $D -extfile "$n.ext" -out "$n.pem" 2>/dev/null
    rm -f "$n.csr" "$n.ext"; }
CA="basicConstraints=critical,CA:TRUE"
LEAF="basicConstraints=CA:FALSE"
# An unknown critical extension.
issue critical "/CN=Critical Client" ../root $LEAF extendedKeyUsage=clientAuth 1.3.6.1.4.1.99999.1=critical,DER:0500
# Policies: any of them below one authority, one mapped to another below the second.
issue anyca "/CN=Any Policy CA" ../root $CA certificatePolicies=2.5.29.32.0
issue any "/CN=Any Client" anyca $LEAF certificatePolicies=1.2.3.4
issue mapca "/CN=Mapping CA" ../root $CA certificatePolicies=1.2.3.4 policyMappings=critical,1.2.3.4:1.2.3.9
issue map "/CN=Mapped Client" mapca $LEAF certificatePolicies=1.2.3.9
# An authority that is not strict about its own extensions.
issue laxca "/CN=Lax CA" ../root basicConstraints=CA:TRUE
issue lax "/CN=Lax Client" laxca $LEAF
# A proxy certificate, RFC 3820.
issue proxy "/C=XX/O=Test Org/CN=Test Client/CN=Proxy" ../client \
    proxyCertInfo=critical,language:id-ppl-anyLanguage,pathlen:1
# The root with a broken signature.
{ openssl x509 -in ../root.pem -outform DER | head -c -1; printf '\001'; } | openssl x509 -inform DER -out badroot.pem
# Lists in the file of trusted certificates: two that have all reasons only together, and one with a delta that revokes
# the client.
mkdir -p cadir; : > cadir/index.txt; echo 01 > cadir/crlnumber
cat > ca.cnf <<C
[ca]
default_ca=c
[c]
dir=cadir
database=cadir/index.txt
crlnumber=cadir/crlnumber
certificate=../root.pem
private_key=../root.key
default_md=sha256
default_crl_days=36500
[reasons]
issuingDistributionPoint=critical,@idp
[idp]
onlysomereasons=keyCompromise,CACompromise
[others]
issuingDistributionPoint=critical,@idp2
[idp2]
onlysomereasons=affiliationChanged,superseded,cessationOfOperation,certificateHold,privilegeWithdrawn,AACompromise
[fresh]
freshestCRL=URI:http://localhost/delta.crl
authorityKeyIdentifier=keyid
[delta]
2.5.29.27=critical,DER:020101
authorityKeyIdentifier=keyid
C
crl() { openssl ca -config ca.cnf -gencrl -crlexts "$1" 2>/dev/null; }
{ cat ../root.pem; crl reasons; crl others; } > reasons.pem
{ cat ../root.pem; crl fresh; } > delta.pem
openssl ca -config ca.cnf -revoke ../client.pem 2>/dev/null
crl delta >> delta.pem
# A folder as -CApath has it.
mkdir -p hashed
for ca in root inter; do cp "../$ca.pem" "hashed/$(openssl x509 -in "../$ca.pem" -noout -hash).0"; done
rm -rf cadir ca.cnf ./*.srl ../*.srl
