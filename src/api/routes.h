/* AgentOS's whole HTTP surface: what exists, who may call it, what answers. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/context.h"

/* The rows, for an edition to complete; as it stands, what the contract says of them. */
extern const struct surface agentos_surface;

/* agents.c */
handler agents_list, agents_get;
agentos_status agent_of_call(struct call *call, agentos_error *err);
/* runs.c */
handler runs_create;
extern const struct param run_form[];
/* run_cancel.c */
handler runs_cancel;
extern const struct param run_cancel_query[];
/* run_reads.c */
handler runs_list, runs_get;
extern const struct input run_list_input, run_get_input;
/* sessions.c */
handler sessions_list, sessions_get, sessions_runs, sessions_run, sessions_previews;
extern const struct param session_list_query[], session_get_query[], session_runs_query[];
/* session_writes.c */
handler sessions_create, sessions_patch, sessions_rename;
extern const struct param session_create_query[];
extern const struct field session_create_fields[], session_patch_fields[], session_rename_fields[];
/* session_deletes.c */
handler sessions_delete, sessions_delete_many;
extern const struct param session_delete_query[];
extern const struct field session_delete_fields[];
/* accounts/: service_accounts.c, service_account_create.c, service_account_body.c */
handler service_accounts_list, service_accounts_revoke, service_accounts_create;
extern const struct param service_account_list_query[];
extern const struct field service_account_fields[];
/* info.c */
handler root_get, health_get, info_get, config_get, models_get, empty_list_get;
/* authz.c */
handler authz_explain, authz_whoami;
/* audit_list.c */
handler audit_list;
extern const struct input audit_list_input;
extern const struct field authz_explain_fields[];

#endif
