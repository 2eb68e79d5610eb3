/* See types.h. */
#ifndef S_SERVER_BROTLI_DECODE_H
#define S_SERVER_BROTLI_DECODE_H
#include <brotli/types.h>

typedef struct BrotliDecoderStateStruct BrotliDecoderState;
typedef enum {
    BROTLI_DECODER_RESULT_ERROR,
    BROTLI_DECODER_RESULT_SUCCESS,
    BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT,
    BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT
} BrotliDecoderResult;
/* An error is a negative number; OpenSSL asks for its text alone. */
typedef enum { BROTLI_DECODER_ERROR_UNREACHABLE = -31, BROTLI_DECODER_NO_ERROR = 0 } BrotliDecoderErrorCode;

BrotliDecoderState *BrotliDecoderCreateInstance(brotli_alloc_func, brotli_free_func, void *opaque);
void BrotliDecoderDestroyInstance(BrotliDecoderState *);
BrotliDecoderResult BrotliDecoderDecompress(size_t in_size, const uint8_t *in, size_t *out_size, uint8_t *out);
BrotliDecoderResult BrotliDecoderDecompressStream(BrotliDecoderState *, size_t *available_in, const uint8_t **next_in,
    size_t *available_out, uint8_t **next_out, size_t *total_out);
BROTLI_BOOL BrotliDecoderHasMoreOutput(const BrotliDecoderState *);
BROTLI_BOOL BrotliDecoderIsFinished(const BrotliDecoderState *);
BrotliDecoderErrorCode BrotliDecoderGetErrorCode(const BrotliDecoderState *);
const char *BrotliDecoderErrorString(BrotliDecoderErrorCode);
#endif
