/* The handlers of the API's routes and their inputs. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/context.h"

/* The route table of the contract. Each loaded configuration copies this surface and adds the
 * rest. */
extern const struct surface agentos_surface;

/* ---- agents.c ---- */
handler agents_list, agents_get;
/* Sets call->target to the agent in the path. Returns NOT_FOUND if it does not exist. */
agentos_status agent_of_call(struct call *call, agentos_error *err);

/* ---- runs/runs.c ---- */
handler runs_create;
extern const struct param run_form[];
/* ---- runs/run_cancel.c ---- */
handler runs_cancel;
extern const struct param run_cancel_query[];
/* ---- runs/run_reads.c ---- */
handler runs_list, runs_get;
extern const struct input run_list_input, run_get_input;

/* ---- sessions/sessions.c ---- */
handler sessions_list, sessions_get, sessions_runs, sessions_run, sessions_previews;
extern const struct input session_list_input, session_get_input, session_runs_input;
/* ---- sessions/session_writes.c ---- */
handler sessions_create, sessions_change;
extern const struct input session_create_input, session_patch_input, session_rename_input;
/* ---- sessions/session_deletes.c ---- */
handler sessions_delete, sessions_delete_many;
extern const struct input session_delete_input, session_delete_many_input;

/* ---- accounts/service_accounts.c ---- */
handler service_accounts_list, service_accounts_revoke;
extern const struct input service_account_list_input, service_account_revoke_input;
/* ---- accounts/service_account_create.c ---- */
handler service_accounts_create;
extern const struct input service_account_create_input;
/* ---- accounts/service_account_job.c ---- */

/* Returns UNAVAILABLE if this server has no database for service accounts. */
agentos_status service_accounts_available(const struct call *call, agentos_error *err);

/* ---- info.c ---- */
handler root_get, health_get, info_get, config_get, models_get, empty_list_get;
extern const struct shape root_shape, health_shape, info_shape, config_shape;

/* ---- ready.c ---- */
handler ready_get;
extern const struct shape ready_shape;

/* ---- access/authz.c ---- */
handler authz_explain, authz_whoami;
extern const struct field authz_explain_fields[];
extern const struct shape explanation_shape, caller_shape;
/* ---- access/audit_list.c ---- */
handler audit_list;
extern const struct input audit_list_input;
extern const struct shape audit_row_shape;

#endif
