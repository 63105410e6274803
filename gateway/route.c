/* The names of methods. */
#include "route.h"

static const char *const names[ROUTE_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

const char *route_method_name(enum route_method method)
{
    return names[method];
}
