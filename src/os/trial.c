/* Finds the faults that a server would find at start, without binding, creating or fetching. */
#include "agent/agent.h"
#include "api/routes.h"
#include "audit/audit.h"
#include "base/ensure.h"
#include "os/exposure.h"
#include "os/options_reading.h"

/* Makes the authority and adds any fault. */
static void try_authority(struct config_reading *r, const struct authority_options *options,
                          const char *exposed_host)
{
    ensure(options != NULL);
    struct authority *authority = NULL;
    agentos_error err;
    agentos_status status = authority_new(options, &authority, &err);

    if (status == AGENTOS_OK)
        status = exposure_check(exposed_host, authority, &err);
    if (status != AGENTOS_OK)
        named_fault_add(r, &err);
    authority_free(authority);
}

/* Tries each key alone, to report every faulty one. */
static void try_keys(struct config_reading *r)
{
    ensure(r->faults.errors == 0);
    const struct authority_options *all = &draft_of(r)->options->authorization;

    for (size_t i = 0; i < all->key_count; i++) {
        const struct authority_options one_key = {
            .keys = &all->keys[i],
            .key_names = &all->key_names[i],
            .key_count = 1,
            .algorithm = all->algorithm,
            .allow_weak_keys = all->allow_weak_keys,
        };

        try_authority(r, &one_key, NULL);
    }
}

/* Tries the authorization options as a whole if each key is valid. */
static void try_authorization(struct config_reading *r)
{
    const struct options *options = draft_of(r)->options;
    struct authority_options authorization = options->authorization;
    size_t errors_before = r->faults.errors;

    try_keys(r);
    if (r->faults.errors > errors_before)
        return;
    if (authorization.os_id == NULL)
        authorization.os_id = options->id;
    if (authorization.os_id == NULL)
        authorization.os_id = "made at the first start"; /* any id will do */
    try_authority(r, &authorization, exposure_of(options));
}

/* Makes the policy and adds its fault and warnings. */
static void try_policy(struct config_reading *r)
{
    const struct policy_options *options = &draft_of(r)->options->policy;
    struct policy policy = { .warning_count = 0 };
    agentos_error err;

    ensure(options->admin_scope != NULL);
    if (policy_make(&agentos_surface, options, r->a, &policy, &err) != AGENTOS_OK)
        named_fault_add(r, &err);
    for (size_t i = 0; i < policy.warning_count; i++)
        named_fault_warn(r, policy.warnings[i].option, policy.warnings[i].sentence);
}

/* Adds the reason as a fault of agent i, or of its part, such as ".model". */
static void add_agent_fault(struct config_reading *r, size_t i, const char *part,
                            const agentos_error *reason)
{
    ensure(part != NULL && reason->status != AGENTOS_OK);
    agentos_error err;

    (void)fail_about(&err, reason->status, "agents[%zu]%s", "%s", i, part,
                     reason->message); /* returns reason->status */
    named_fault_add(r, &err);
}

static void try_model(struct config_reading *r, size_t i)
{
    ensure(i < draft_of(r)->options->agent_count);
    struct model *model = NULL;
    agentos_error err;

    if (model_new(&draft_of(r)->options->agents[i].model, &model, &err) != AGENTOS_OK)
        add_agent_fault(r, i, ".model", &err);
    model_free(model);
}

static void try_prompt(struct config_reading *r, size_t i)
{
    ensure(i < draft_of(r)->options->agent_count);
    const struct agent_options *options = &draft_of(r)->options->agents[i];
    const struct agent agent = { .id = options->id,
                                 .description = options->description,
                                 .role = options->role,
                                 .instructions = options->instructions };
    agentos_error err;

    if (agent_check(&agent, &err) != AGENTOS_OK)
        add_agent_fault(r, i, "", &err);
}

/* Checks the audit key, if one is given. */
static void try_audit(struct config_reading *r)
{
    const char *key = draft_of(r)->options->audit_key;
    struct audit *audit = NULL;
    agentos_error err;

    if (key == NULL)
        return;
    if (audit_new(str_of(key), &audit, &err) != AGENTOS_OK)
        named_fault_add(r, &err);
    audit_free(audit);
}

/* Adds the faults that a server would find at start. The options must have none yet. */
void trial_run(struct config_reading *r)
{
    ensure(r->faults.errors == 0);
    try_authorization(r);
    try_policy(r);
    try_audit(r);
    for (size_t i = 0; i < draft_of(r)->options->agent_count; i++) {
        try_model(r, i);
        try_prompt(r, i);
    }
}
