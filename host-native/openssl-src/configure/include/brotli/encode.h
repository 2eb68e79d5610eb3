/* See types.h. */
#ifndef S_SERVER_BROTLI_ENCODE_H
#define S_SERVER_BROTLI_ENCODE_H
#include <brotli/types.h>

#define BROTLI_DEFAULT_QUALITY 11
#define BROTLI_DEFAULT_WINDOW 22
#define BROTLI_DEFAULT_MODE BROTLI_MODE_GENERIC

typedef struct BrotliEncoderStateStruct BrotliEncoderState;
typedef enum { BROTLI_MODE_GENERIC, BROTLI_MODE_TEXT, BROTLI_MODE_FONT } BrotliEncoderMode;
typedef enum {
    BROTLI_OPERATION_PROCESS,
    BROTLI_OPERATION_FLUSH,
    BROTLI_OPERATION_FINISH,
    BROTLI_OPERATION_EMIT_METADATA
} BrotliEncoderOperation;

BrotliEncoderState *BrotliEncoderCreateInstance(brotli_alloc_func, brotli_free_func, void *opaque);
void BrotliEncoderDestroyInstance(BrotliEncoderState *);
BROTLI_BOOL BrotliEncoderCompress(int quality, int window, BrotliEncoderMode, size_t in_size, const uint8_t *in,
    size_t *out_size, uint8_t *out);
BROTLI_BOOL BrotliEncoderCompressStream(BrotliEncoderState *, BrotliEncoderOperation, size_t *available_in,
    const uint8_t **next_in, size_t *available_out, uint8_t **next_out, size_t *total_out);
BROTLI_BOOL BrotliEncoderHasMoreOutput(BrotliEncoderState *);
#endif
