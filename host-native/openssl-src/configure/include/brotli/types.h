/* What OpenSSL wants of brotli's headers, whose crate does not say where it has them (RFC 7932; google/brotli 1.x). */
#ifndef S_SERVER_BROTLI_TYPES_H
#define S_SERVER_BROTLI_TYPES_H
#include <stddef.h>
#include <stdint.h>

#define BROTLI_BOOL int
#define BROTLI_TRUE 1
#define BROTLI_FALSE 0

typedef void *(*brotli_alloc_func)(void *opaque, size_t size);
typedef void (*brotli_free_func)(void *opaque, void *address);
#endif
