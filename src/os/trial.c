/* Finds the faults of a configuration that a server would find when it starts. Everything is built
 * as edition.c builds it and freed again; nothing is bound, opened, created or fetched. */
#include "agent/agent.h"
#include "api/routes.h"
#include "audit/audit.h"
#include "base/ensure.h"
#include "os/exposure.h"
#include "os/options_reading.h"

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

/* Each key alone, so that the faults of all of them are found. */
static void try_keys(struct config_reading *r)
{
    ensure(r->faults.errors == 0);
    const struct authority_options *all = &draft_of(r)->options->authorization;

    for (size_t i = 0; i < all->key_count; i++)
        try_authority(r,
                      &(struct authority_options){ .keys = &all->keys[i],
                                                   .key_names = &all->key_names[i],
                                                   .key_count = 1,
                                                   .algorithm = all->algorithm,
                                                   .allow_weak_keys = all->allow_weak_keys },
                      NULL);
}

static void try_authorization(struct config_reading *r)
{
    struct authority_options authorization = draft_of(r)->options->authorization;
    size_t errors = r->faults.errors;

    try_keys(r);
    if (authorization.os_id == NULL)
        authorization.os_id =
            draft_of(r)->options->id != NULL ? draft_of(r)->options->id : "made at the first start";
    if (r->faults.errors == errors)
        try_authority(r, &authorization, exposure_of(draft_of(r)->options));
}

static void try_policy(struct config_reading *r)
{
    ensure(draft_of(r)->options->policy.admin_scope != NULL);
    struct policy policy = { .warning_count = 0 };
    agentos_error err;

    if (policy_make(&agentos_surface, &draft_of(r)->options->policy, r->a, &policy, &err) !=
        AGENTOS_OK)
        named_fault_add(r, &err);
    for (size_t i = 0; i < policy.warning_count; i++)
        named_fault_warn(r, policy.warnings[i].option, policy.warnings[i].sentence);
}

/* What agent i, or a part of it such as ".model", is refused for. */
static void add_agent_fault(struct config_reading *r, size_t i, const char *part,
                            const agentos_error *reason)
{
    agentos_error err;

    (void)fail_about(&err, reason->status, "agents[%zu]%s", "%s", i, part,
                     reason->message); /* reported, not returned */
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

static void try_audit(struct config_reading *r)
{
    struct audit *audit = NULL;
    agentos_error err;

    if (draft_of(r)->options->audit_key == NULL)
        return; /* the server makes one */
    if (audit_new(str_of(draft_of(r)->options->audit_key), &audit, &err) != AGENTOS_OK)
        named_fault_add(r, &err);
    audit_free(audit);
}

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
