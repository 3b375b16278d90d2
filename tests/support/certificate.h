/* A certificate of an authority of its own (RSA 2048, "test", good until 2036), in PEM. */
#ifndef TESTS_CERTIFICATE_H
#define TESTS_CERTIFICATE_H

// clang-format off
#define CERTIFICATE \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIC/zCCAeegAwIBAgIUGZ6friG+5ES1QJGKyDZDmOOUXDQwDQYJKoZIhvcNAQEL\n" \
    "BQAwDzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjEyMDQzMDJaFw0zNjExMTgyMDQz\n" \
    "MDJaMA8xDTALBgNVBAMMBHRlc3QwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEK\n" \
    "AoIBAQCmQfR0/8V5WyKNpLY4K38xSyULKzkBy9fMtKtrGIyeufpnqm/THM2VxiJM\n" \
    "QHCVXysapJBQx2w44ZLlGePFc4PM5QfIgE7Tk5Js+xCpGtlA1n1dcXuWtu4RkQBJ\n" \
    "mYQzelosWVeQ9Ux2+LzBnnEQYpWp+VCg5aZMEF3tENx1vzUC1esOBVkF/SHhOmL2\n" \
    "A8Y+sn3RNI+YnpfpaFN3wMxZLyU1XDpV/K/PZcdGU4bN820UbIv/OD6oDLl4nybR\n" \
    "odBTDgI+ZTMud0l/A4GfGQskgs7oQiqboI8eJaEvikZvUMMDUgI7Y70zybykMs5V\n" \
    "/KXXm40kdKaMCwkif93rEbkzYBGXAgMBAAGjUzBRMB0GA1UdDgQWBBT0TKSacwVI\n" \
    "V9N/4SXxWcbKSExrwjAfBgNVHSMEGDAWgBT0TKSacwVIV9N/4SXxWcbKSExrwjAP\n" \
    "BgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQBUAnqcZMkYmiFW+Ie1\n" \
    "AvTKXsJuA7C/FcDq0GOjAS3eoa93lxJyMZur2rW6k9mdy80xy9oPEPkbZvu3osuO\n" \
    "I29L36m7acXkxs91prZnTIl6DarBd401v62MG03W0JWGZE3h4cb8MfyHp5bTN5Nw\n" \
    "2t+voMolO8sDdbc16QpdgMT0PrE3j9V9hH6ZH0RcNFDhrdL9l237ru/IMO0y5PL5\n" \
    "MyRCbViA+uNn2oRZev7Z3lJuB1gvhh8LfvV2mMS2p2q3OtHoyy+FAj/ybbeWK0q9\n" \
    "pa4XNYocUFpTHNZAq/Z6XABvaKoSTojO51/3zOHbzV8/8w1bHBW46MvR/sqJY06F\n" \
    "Uk8w\n" \
    "-----END CERTIFICATE-----\n"
// clang-format on

#endif
