# SPDX-License-Identifier: Apache-2.0
# certificates.sh FOLDER: a CA, servers' certificates (server, wrong-name, expired) and a client's, made by openssl.
set -eu
mkdir -p "$1"
cd "$1"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca-key.pem -out ca.pem -subj /CN=hostile-ca -days 30 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other-ca-key.pem -out other-ca.pem -subj /CN=other-ca -days 30 2>/dev/null
make() { # NAME EXTENSIONS [START END]
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1-key.pem" -out "$1.csr" -subj "/CN=$1" 2>/dev/null
    printf '%b' "$2" >"$1.ext"
    if [ $# -gt 2 ]; then
        printf '[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=db\nserial=serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' >ca.cnf
        : >db
        echo 01 >serial
        openssl ca -batch -notext -config ca.cnf -in "$1.csr" -cert ca.pem -keyfile ca-key.pem -extfile "$1.ext" -startdate "$3" -enddate "$4" -out "$1.pem" 2>/dev/null
    else
        openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 10 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
    fi
}
make server 'subjectAltName=IP:127.0.0.1,DNS:api.example\nextendedKeyUsage=serverAuth\n'
make wrong-name 'subjectAltName=DNS:api.example\nextendedKeyUsage=serverAuth\n'
make expired 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' 20200101000000Z 20210101000000Z
make client 'extendedKeyUsage=clientAuth\n'
# Each for 127.0.0.1 or for nothing, and by some wrong rule for the name kubernetes.
make address 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n'
make kubernetes 'extendedKeyUsage=serverAuth\n'
make star 'subjectAltName=DNS:*\nextendedKeyUsage=serverAuth\n'
make dot 'subjectAltName=DNS:kubernetes.\nextendedKeyUsage=serverAuth\n'
make part 'subjectAltName=DNS:kube*\nextendedKeyUsage=serverAuth\n'
make named 'subjectAltName=DNS:kubernetes\nextendedKeyUsage=serverAuth\n'
