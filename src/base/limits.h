/* The limits on everything that comes from outside, each with its reason. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    KiB = 1024,
    MiB = 1024 * 1024,

    /* HTTP requests */
    HEADERS_MAX_BYTES = 24 * KiB, /* one 16 KiB token, cookies and room for a proxy's additions */
    HEADERS_MAX = 100,            /* browsers send about 20 */
    TARGET_MAX_BYTES = 8 * KiB,   /* RFC 9112 §3 recommends 8,000 octets at least */
    CHUNK_EXTENSION_MAX_BYTES = 1 * KiB, /* nobody needs them; they only hide work */
    BODY_MAX_BYTES = 1 * MiB,            /* unless `body_limit` says otherwise */
    FORM_FIELDS_MAX = 64,
    QUERY_FIELDS_MAX = 64,
    PAGE_MAX = 1000,                  /* items a listing shows at once: rendered on a loop */
    PART_HEADERS_MAX_BYTES = 4 * KiB, /* of one multipart part: a disposition and a type */
    COOKIES_MAX = 64,
    PIPELINE_MAX_BYTES = 64 * KiB,     /* unparsed input kept while an answer is being sent */
    OUTPUT_HIGH_BYTES = 64 * KiB,      /* queued: the producer pauses until nothing is */
    OUTPUT_MAX_BYTES = 64 * MiB,       /* an answer that outgrows this is a defect */
    BACKLOG_MAX_BYTES = 128 * MiB,     /* queued for all slow readers: a share for each loop */
    BACKLOG_LOOP_MIN_BYTES = 32 * MiB, /* the smallest share: the largest answers are 10 MiB */
    DISCARD_MAX_BYTES = 1 * MiB,       /* of an unwanted body, before its connection is dropped */

    /* Tokens and keys */
    TOKEN_MAX_BYTES = 16 * KiB, /* identity providers stay under 8 KiB; fits the header block */
    VERIFIED_TOKENS_MAX = 8192, /* remembered by each loop, so that they are verified once */
    CLOCK_LEEWAY_S = 10, /* the contract's, on exp, nbf and iat; an issuer may have its own */
    KID_MAX_BYTES = 256,
    SCOPES_MAX = 256,            /* in one token; more are refused */
    SCOPE_MAX_BYTES = 256,       /* of one that is granted: two names and an id */
    SERVICE_ACCOUNTS_MAX = 1000, /* active ones: all are in memory, and read again at each change */
    ACCOUNT_SCOPES_MAX_BYTES = 8 * KiB, /* of one account, together: for the same reason */
    EXPIRY_MAX_DAYS = 3650,             /* of a service account that does expire */
    ID_MAX_BYTES = 128,                 /* ids of agents, sessions and runs */
    USER_ID_MAX_BYTES = 255,            /* OpenID Connect Core §2 */
    STATIC_KEYS_MAX = 16,               /* each is a signature check for a bad token */
    ALGS_MAX = 16,                      /* there are 14 */
    ROLES_MAX = 256,        /* configured, and in one token; more in a token are refused */
    CLAIMS_MAX = 16,        /* names in one option that lists claims */
    MAPPINGS_MAX = 1000,    /* of scopes and of exclusions */
    ISSUERS_MAX = 256,      /* listed; each is a line of the log when its keys move */
    REMOTE_KEYS_MAX = 1024, /* key sets, of several editions of the configuration for a while */
    JWKS_MAX_BYTES = 1 * MiB,
    JWKS_KEYS_MAX = 256,
    KEY_FILE_MAX_BYTES = 64 * KiB,
    RSA_MIN_BITS = 2048,      /* RFC 7518 §3.3 */
    RSA_WEAK_MIN_BITS = 1024, /* where weak keys are allowed: smaller ones are factored at home */
    RSA_MAX_BITS = 8192,      /* beyond, one check costs milliseconds */
    SECRET_MIN_BYTES = 32,    /* RFC 7518 §3.2 for HS256 */

    /* JSON */
    PROVIDER_JSON_VALUES_MAX = 200 * 1000, /* each takes about 100 bytes when it is built */
    CLIENT_JSON_VALUES_MAX = 20 * 1000,    /* in what a client sends */
    JSON_MAX_DEPTH = 64,                   /* jansson recurses; its own limit is 2,048 */
    STORED_JSON_MAX_DEPTH =
        JSON_MAX_DEPTH - 8, /* what is stored inside a run, which is parsed again */

    /* Outgoing HTTP */
    RESPONSE_HEADERS_MAX_BYTES = 64 * KiB, /* providers add rate limits and tracing, under 8 KiB */
    RESPONSE_HEADERS_MAX = 100,
    FETCH_BUFFER_BYTES = 4 * KiB,      /* of each fetch in flight; thousands are */
    IDLE_CONNECTIONS_MAX = 256,        /* kept open for reuse by each loop; each is a descriptor */
    SERVER_ANSWER_MAX_BYTES = 4 * MiB, /* to a command; a page of service accounts is the largest */

    /* Runs and providers */
    PROMPT_MAX_BYTES = 1 * MiB,    /* an agent's system prompt, sent with every run */
    MESSAGE_MAX_BYTES = 256 * KiB, /* one user message */
    METADATA_MAX_BYTES = 64 * KiB, /* of a run or a session: it is shown wherever they are */
    SUMMARY_MAX_BYTES = 64 * KiB,  /* of a session: likewise */
    SESSION_NAME_MAX_BYTES = 1 * KiB,
    SESSION_STATE_MAX_BYTES =
        1 * MiB,                    /* merged state of a session: read and written by every run */
    EVENT_LINE_MAX_BYTES = 1 * MiB, /* one line of a provider's event stream */
    PROVIDER_BODY_MAX_BYTES = 16 * MiB,
    PROVIDER_ERROR_MAX_BYTES = 64 * KiB,   /* the body of a refusal: its sentence is all we want */
    PROVIDER_REQUEST_MAX_BYTES = 64 * MiB, /* HISTORY_RUNS_MAX long runs fit; more is a defect */
    RUN_CONTENT_MAX_BYTES = 4 * MiB,       /* what one run may answer */
    RUN_EVENTS_MAX_BYTES = 1 * MiB, /* kept with a run; the last one repeats what it answered */
    HISTORY_RUNS_MAX = 100,
    USAGE_MAX_TOKENS = 1000 * 1000 * 1000, /* of one call; a session's sum stays an integer */
    RETRY_AFTER_MAX_S = 30, /* a client does not wait longer for a provider's leave to retry */
    RETRIES_MAX = 10,
    OFFLINE_WORDS_MAX = 10000, /* of the offline model's /slow */

    /* Database */
    DB_QUEUE_MAX = 4096,     /* jobs waiting: a tenth of a second of writes; more are refused */
    DENIALS_MAX = 256,       /* rows of refused callers that a loop writes a minute */
    DB_READERS_MAX = 16,     /* reading threads; SQLite gains nothing beyond the cores */
    SQL_MAX_BYTES = 8 * KiB, /* one statement; ours are under 2 KiB */
    SESSION_METRICS_MAX_BYTES = 16 * MiB, /* a few hundred bytes for each model a session used */
    SQL_SCRIPT_MAX_BYTES = 64 * KiB,      /* a step of a schema; ours are under 8 KiB */

    READ_MAX_BYTES = 8 * MiB,     /* of runs in one answer, and of the history a model is told */
    READ_MAX_RUNS = 10 * 1000,    /* in one answer: each is a few kilobytes while it is read */
    LISTING_MAX_BYTES = 10 * MiB, /* of sessions: 20, the default page, fit however long */
    LISTED_STATE_MAX_BYTES = 64 * KiB, /* of a session's state in a listing */

    BULK_DELETE_MAX = 1000, /* sessions in one request: one transaction of the one writer */

    LOG_QUEUE_MAX_BYTES = 1 * MiB, /* of log lines that wait for their reader; more are dropped */

    /* Configuration */
    CONFIG_MAX_BYTES = 1 * MiB,
    CONFIG_MAX_DEPTH = 16, /* the deepest key is four levels down */
    FAULTS_MAX = 100,      /* who has more than a screen of them starts with the first */
    AGENTS_MAX = 1000,
    MODELS_MAX = 1000, /* named connections */
    LOOPS_MAX = 64,    /* event loops: one a core is the most that helps */
    WATCHES_MAX = 64,  /* files named by a configuration that are read again when they change */
    BODY_LIMIT_MAX_BYTES =
        64 * MiB, /* a body is held in memory, as often as there are connections */
};

#endif
