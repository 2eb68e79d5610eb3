/* Preloaded into the original, and into its client: both hand the address of a pointer to the library, where the callback wants
   the pointer. */
#define _GNU_SOURCE
#include <dlfcn.h>

int SSL_CTX_set_srp_cb_arg(void *ctx, void *argument)
{
    int (*real)(void *, void *) = dlsym(RTLD_NEXT, "SSL_CTX_set_srp_cb_arg");
    return real(ctx, *(void **)argument);
}
