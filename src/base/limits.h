/* The limits on everything that comes from outside, each with its reason. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    KiB = 1024,
    MiB = 1024 * 1024,

    /* HTTP requests */
    HEADERS_MAX_BYTES = 24 * KiB, /* enough for one 16 KiB token, cookies and what a proxy adds */
    HEADERS_MAX = 100,            /* browsers send about 20 */
    TARGET_MAX_BYTES = 8 * KiB,   /* RFC 9112 §3 recommends at least 8,000 octets */
    CHUNK_EXTENSION_MAX_BYTES = 1 * KiB, /* nobody needs them, and they only hide work */
    BODY_MAX_BYTES = 1 * MiB,            /* unless `body_limit` is set */
    FORM_FIELDS_MAX = 64,
    QUERY_FIELDS_MAX = 64,
    PAGE_MAX = 1000, /* items of a listing, which is rendered on a loop */
    /* for one multipart part, which has a disposition and a type */
    PART_HEADERS_MAX_BYTES = 4 * KiB,
    COOKIES_MAX = 64,
    PIPELINE_MAX_BYTES = 64 * KiB, /* unparsed input that is kept while an answer is being sent */
    /* of queued output, at which the producer pauses until nothing is queued */
    OUTPUT_HIGH_BYTES = 64 * KiB,
    OUTPUT_MAX_BYTES = 64 * MiB,   /* an answer that exceeds this is a defect */
    BACKLOG_MAX_BYTES = 128 * MiB, /* queued for all slow readers; each loop has a share of it */
    BACKLOG_LOOP_MIN_BYTES = 32 * MiB, /* the smallest share; the largest answers have 10 MiB */
    DISCARD_MAX_BYTES = 1 * MiB,       /* of an unwanted body, before its connection is dropped */

    /* Tokens and keys */
    TOKEN_MAX_BYTES = 16 * KiB, /* identity providers stay under 8 KiB; must fit in the headers */
    VERIFIED_TOKENS_MAX = 8192, /* remembered by each loop, so that a token is verified once */
    CLOCK_LEEWAY_S = 10, /* the contract's, for exp, nbf and iat; an issuer may have its own */
    KID_MAX_BYTES = 256,
    SCOPES_MAX = 256,      /* of one token; more are refused */
    SCOPE_MAX_BYTES = 256, /* of one that is granted; it has two names and an id */
    /* active ones; all are in memory, and are read again at each change */
    SERVICE_ACCOUNTS_MAX = 1000,
    SERVICE_ACCOUNTS_OF_ONE_MAX = 250,  /* of one maker who is no administrator */
    SERVICE_ACCOUNT_CHAIN_MAX = 8,      /* accounts that have made each other */
    ACCOUNT_SCOPES_MAX_BYTES = 8 * KiB, /* of one account in total, for the same reason */
    EXPIRY_MAX_DAYS = 3650,             /* of a service account that expires */
    ID_MAX_BYTES = 128,                 /* of agents, sessions and runs */
    USER_ID_MAX_BYTES = 255,            /* OpenID Connect Core §2 */
    STATIC_KEYS_MAX = 16,               /* for a bad token, the signature is checked with each */
    ALGS_MAX = 16,                      /* only 14 exist */
    ROLES_MAX = 256,        /* configured ones, and of one token; more in a token are refused */
    CLAIMS_MAX = 16,        /* in one option that lists claims */
    MAPPINGS_MAX = 1000,    /* of scopes, and of exclusions */
    ISSUERS_MAX = 256,      /* in the list; each writes a log line when its keys change */
    REMOTE_KEYS_MAX = 1024, /* sets of keys; several editions of the configuration may coexist */
    JWKS_MAX_BYTES = 1 * MiB,
    JWKS_KEYS_MAX = 256,
    CERTIFICATES_MAX_BYTES = 1 * MiB, /* of a ca_file: the whole public bundle is a quarter of it */
    KEY_FILE_MAX_BYTES = 64 * KiB,
    RSA_MIN_BITS = 2048, /* RFC 7518 §3.3 */
    /* where weak keys are allowed; smaller ones can be factored at home */
    RSA_WEAK_MIN_BITS = 1024,
    RSA_MAX_BITS = 8192,   /* with larger ones, one check takes milliseconds */
    SECRET_MIN_BYTES = 32, /* RFC 7518 §3.2, for HS256 */

    /* JSON */
    PROVIDER_JSON_VALUES_MAX = 200 * 1000, /* each takes about 100 bytes of memory */
    CLIENT_JSON_VALUES_MAX = 20 * 1000,    /* in what a client sends */
    JSON_MAX_DEPTH = 64,                   /* jansson is recursive; its own limit is 2,048 */
    STORED_JSON_MAX_DEPTH =
        JSON_MAX_DEPTH - 8, /* for JSON that is stored inside a run, which is parsed again */

    /* Outgoing HTTP */
    RESPONSE_HEADERS_MAX_BYTES = 64 * KiB, /* providers send rate limits and tracing, under 8 KiB */
    RESPONSE_HEADERS_MAX = 100,
    FETCH_BUFFER_BYTES = 3 * KiB, /* for each of the thousands of fetches in flight */
    IDLE_CONNECTIONS_MAX = 256,   /* kept open by each loop for reuse; each needs a descriptor */
    /* for an answer to a command; the largest is a page of service accounts */
    SERVER_ANSWER_MAX_BYTES = 4 * MiB,

    /* Runs and providers */
    PROMPT_MAX_BYTES = 1 * MiB,    /* of an agent's system prompt, which is sent with every run */
    MESSAGE_MAX_BYTES = 256 * KiB, /* of one message of a user, unless `limits.message` is set */
    /* the most that the two options allow: a run of both must fit in READ_MAX_BYTES */
    MESSAGE_LIMIT_MAX_BYTES = 2 * MiB,
    ANSWER_LIMIT_MAX_BYTES = 5 * MiB,
    METADATA_MAX_BYTES = 64 * KiB, /* of a run or a session; shown wherever that is shown */
    SUMMARY_MAX_BYTES = 64 * KiB,  /* of a session, for the same reason */
    SESSION_NAME_MAX_BYTES = 1 * KiB,
    SESSION_STATE_MAX_BYTES =
        1 * MiB, /* of a session's merged state, which every run reads and writes */
    EVENT_LINE_MAX_BYTES = 1 * MiB, /* of a line in a provider's event stream */
    PROVIDER_BODY_MAX_BYTES = 16 * MiB,
    /* of the body of a refusal, of which only the sentence is used */
    PROVIDER_ERROR_MAX_BYTES = 64 * KiB,
    /* HISTORY_RUNS_MAX long runs fit; a larger request is a defect */
    PROVIDER_REQUEST_MAX_BYTES = 64 * MiB,
    RUN_CONTENT_MAX_BYTES = 4 * MiB, /* of the answer of one run, unless `limits.answer` is set */
    RUN_EVENTS_MAX_BYTES = 1 * MiB,  /* kept with a run; the last event repeats the answer */
    HISTORY_RUNS_MAX = 100,
    RUN_COPIES = 3, /* of a conversation in memory: the run's, the request's, and libcurl's */
    /* of one call, so that the sum of a session does not overflow */
    USAGE_MAX_TOKENS = 1000 * 1000 * 1000,
    RETRY_AFTER_MAX_S = 30, /* the longest wait that a provider may ask for before a retry */
    RETRIES_MAX = 10,
    OFFLINE_WORDS_MAX = 10000, /* for /slow of the offline model */

    /* Database */
    DB_QUEUE_MAX = 4096, /* waiting jobs, a tenth of a second of writes; further ones are refused */
    /* rows about refused callers that a loop writes in a minute, by audit/denial_class.c */
    DENIALS_MAX = 256,
    DB_READERS_MAX = 16,     /* reading threads; SQLite gains nothing from more than the cores */
    SQL_MAX_BYTES = 8 * KiB, /* of one statement; ours are under 2 KiB */
    /* a few hundred bytes for each model that a session used */
    SESSION_METRICS_MAX_BYTES = 16 * MiB,
    SQL_SCRIPT_MAX_BYTES = 64 * KiB, /* of a step of a schema; ours are under 8 KiB */

    READ_MAX_BYTES = 8 * MiB,  /* of the runs in one answer, and of the history that a model gets */
    READ_MAX_RUNS = 10 * 1000, /* in one answer; each takes a few kilobytes while it is read */
    LISTING_MAX_BYTES = 10 * MiB,      /* of a page of sessions; 20, the default, always fit */
    LISTED_STATE_MAX_BYTES = 64 * KiB, /* of a session's state in a listing */

    /* sessions in one request, which is one transaction of the only writer */
    BULK_DELETE_MAX = 1000,

    /* of log lines that wait to be written; further ones are dropped */
    LOG_QUEUE_MAX_BYTES = 1 * MiB,

    /* Configuration */
    CONFIG_MAX_BYTES = 1 * MiB,
    CONFIG_MAX_DEPTH = 16, /* the deepest key is at level four */
    FAULTS_MAX = 100,      /* more than a screen; nobody needs all of them at once */
    AGENTS_MAX = 1000,
    MODELS_MAX = 1000, /* named ones */
    LOOPS_MAX = 64,    /* event loops; more than one for each core do not help */
    WATCHES_MAX = 64,  /* files of a configuration that are read again when they change */
    BODY_LIMIT_MAX_BYTES = 64 * MiB, /* of one body; each connection may hold one in memory */
};

#endif
