/*
 * The command `portal-auth staff`: the shop's own people, made and listed by whoever runs the installation.
 */
#ifndef PORTAL_AUTH_STAFF_H
#define PORTAL_AUTH_STAFF_H

#define AUTH_STAFF_USAGE                                                                                                    \
    "staff add --login L --name N --role owner [--password-file F] [--reset-password] | staff list: makes a member of "     \
    "staff, or lists them"

/* For struct service_command. */
int auth_staff_command(void *settings, int argc, char **argv);

#endif
