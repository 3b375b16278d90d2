// Signs a token of the form that WorkOS AuthKit issues, to try the preset without WorkOS. The standard library is
// enough: go run workos.go
//
// agentos.yaml:  authorization: {issuers: [{preset: workos, issuer: https://api.workos.com, audience: client_01EXAMPLE,
//
//	verification_keys: [{file: keys/public.pem}], roles: {member: ["agents:read"]}}]}
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log"
	"os"
	"time"
)

func segment(value any) string {
	text, _ := json.Marshal(value) // maps of strings, numbers and lists cannot fail
	return base64.RawURLEncoding.EncodeToString(text)
}

func privateKey() *rsa.PrivateKey {
	path := os.Getenv("PRIVATE_KEY")
	if path == "" {
		path = "keys/private.pem"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		log.Fatalf("%s is not PEM", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func sign(header, claims map[string]any) string {
	signed := segment(header) + "." + segment(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, privateKey(), crypto.SHA256, digest[:])
	if err != nil {
		log.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func main() {
	now := time.Now().Unix()
	fmt.Println(sign(map[string]any{"alg": "RS256", "typ": "JWT"}, map[string]any{
		"iss": "https://api.workos.com", "client_id": "client_01EXAMPLE", "sub": "user_01ANN", "sid": "session_01TRIAL",
		"org_id": "org_01TRIAL", "role": "member", "permissions": []string{"agents:run"}, "iat": now, "exp": now + 300,
	}))
}
