// Signs a token with a private key; the server has the public one (RS256). The standard library is enough:
// go run asymmetric.go
//
// agentos.yaml:  authorization: {enabled: true, verification_keys: [{file: keys/public.pem}]}
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
	header := map[string]any{"alg": "RS256", "typ": "JWT"}
	if kid := os.Getenv("KID"); kid != "" { // with a key set: what `agentos keys generate` printed
		header["kid"] = kid
	}
	fmt.Println(sign(header, map[string]any{
		"sub": "ann", "scopes": []string{"agents:read", "agents:run"}, "iat": now, "exp": now + 900,
	}))
}
