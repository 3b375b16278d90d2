// Signs a token with a secret that the server shares (HS256). The standard library is enough: go run symmetric.go
//
// agentos.yaml:  authorization: {enabled: true, algorithm: HS256, verification_keys: [{env: JWT_SECRET}]}
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

func segment(value any) string {
	text, _ := json.Marshal(value) // maps of strings, numbers and lists cannot fail
	return base64.RawURLEncoding.EncodeToString(text)
}

func main() {
	now := time.Now().Unix()
	signed := segment(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." + segment(map[string]any{
		"sub": "ann", "scopes": []string{"agents:read", "agents:run"}, "iat": now, "exp": now + 900,
	})
	mac := hmac.New(sha256.New, []byte(os.Getenv("JWT_SECRET"))) // 32 bytes or more
	mac.Write([]byte(signed))
	fmt.Println(signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}
