/* Limits by setrlimit, system calls by libseccomp: what a library that draws text never needs is refused. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CPU_S 10
#define MEMORY_MAX (512ul << 20)

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true /* the sanitizer reserves address space by the terabyte */
#else
#define SANITIZED false
#endif

static const int refused[] = {
    SCMP_SYS(socket),  SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),   SCMP_SYS(listen),   SCMP_SYS(accept),
    SCMP_SYS(accept4), SCMP_SYS(execve),     SCMP_SYS(execveat), SCMP_SYS(fork),  SCMP_SYS(vfork),    SCMP_SYS(ptrace),
    SCMP_SYS(kill),    SCMP_SYS(unlink),     SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
    SCMP_SYS(mkdir),   SCMP_SYS(mkdirat),    SCMP_SYS(link),     SCMP_SYS(linkat), SCMP_SYS(symlink),  SCMP_SYS(symlinkat),
    SCMP_SYS(chmod),   SCMP_SYS(fchmodat),   SCMP_SYS(mount),    SCMP_SYS(process_vm_readv),
};

static int refuse_writing(scmp_filter_ctx filter)
{
    const uint32_t no = SCMP_ACT_ERRNO(EACCES);
    const struct scmp_arg_cmp wants_to_write[] = {SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_WRONLY)};
    const struct scmp_arg_cmp wants_both[] = {SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_RDWR)};
    return seccomp_rule_add_array(filter, no, SCMP_SYS(openat), 1, wants_to_write) |
           seccomp_rule_add_array(filter, no, SCMP_SYS(openat), 1, wants_both);
}

static bool filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int failed = filter ? 0 : -ENOMEM;
    for (size_t i = 0; !failed && i < sizeof(refused) / sizeof(refused[0]); i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    if (!failed)
        failed = refuse_writing(filter);
    if (!failed)
        failed = seccomp_load(filter);
    seccomp_release(filter);
    return !failed;
}

static bool limit(int what, rlim_t most)
{
    const struct rlimit to = {most, most};
    return setrlimit((__rlimit_resource_t)what, &to) == 0;
}

bool confine(void)
{
    (void)close_range(3, ~0u, 0);
    if (limit(RLIMIT_CPU, CPU_S) && limit(RLIMIT_CORE, 0) && (SANITIZED || limit(RLIMIT_AS, MEMORY_MAX)) && filter_calls())
        return true;
    fprintf(stderr, "portal-paper: this system does not let it lock itself in: %s\n", strerror(errno));
    return false;
}
