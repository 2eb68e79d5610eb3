/* A DTLS client on mbed TLS: for each of the two rounds it shakes hands, sends a line, expects it back, and closes.
 * The second round resumes the session of the first.
 * usage: mbedtls PORT MTU [CERTIFICATE KEY] */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/timing.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed(const char *what, int result)
{
    char text[200];
    mbedtls_strerror(result, text, sizeof text);
    fprintf(stderr, "%s: -0x%04x %s\n", what, -result, text);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 5)
        return 2;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_config config;
    mbedtls_x509_crt certificate;
    mbedtls_pk_context key;
    mbedtls_ssl_session session;
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_ssl_config_init(&config);
    mbedtls_x509_crt_init(&certificate);
    mbedtls_pk_init(&key);
    mbedtls_ssl_session_init(&session);
    int result = mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0);
    if (result != 0)
        return failed("seed", result);
    result = mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                         MBEDTLS_SSL_PRESET_DEFAULT);
    if (result != 0)
        return failed("defaults", result);
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
    if (argc == 5) {
        if ((result = mbedtls_x509_crt_parse_file(&certificate, argv[3])) != 0)
            return failed("certificate", result);
        if ((result = mbedtls_pk_parse_keyfile(&key, argv[4], NULL)) != 0)
            return failed("key", result);
        if ((result = mbedtls_ssl_conf_own_cert(&config, &certificate, &key)) != 0)
            return failed("own certificate", result);
    }
    for (int round = 0; round < 2; round++) {
        mbedtls_net_context net;
        mbedtls_ssl_context ssl;
        mbedtls_timing_delay_context timer;
        mbedtls_net_init(&net);
        mbedtls_ssl_init(&ssl);
        if ((result = mbedtls_net_connect(&net, "127.0.0.1", argv[1], MBEDTLS_NET_PROTO_UDP)) != 0)
            return failed("connect", result);
        if ((result = mbedtls_ssl_setup(&ssl, &config)) != 0)
            return failed("setup", result);
        mbedtls_ssl_set_mtu(&ssl, (uint16_t)atoi(argv[2]));
        mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, mbedtls_net_recv_timeout);
        mbedtls_ssl_set_timer_cb(&ssl, &timer, mbedtls_timing_set_delay, mbedtls_timing_get_delay);
        if (round == 1 && (result = mbedtls_ssl_set_session(&ssl, &session)) != 0)
            return failed("session", result);
        do
            result = mbedtls_ssl_handshake(&ssl);
        while (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE);
        if (result != 0)
            return failed("handshake", result);
        if (round == 0 && (result = mbedtls_ssl_get_session(&ssl, &session)) != 0)
            return failed("session", result);
        printf("%s %s\n", mbedtls_ssl_get_version(&ssl), mbedtls_ssl_get_ciphersuite(&ssl));
        const unsigned char line[] = "from mbed TLS\n";
        unsigned char back[100];
        size_t length = sizeof line - 1;
        if ((result = mbedtls_ssl_write(&ssl, line, length)) != (int)length)
            return failed("write", result);
        do
            result = mbedtls_ssl_read(&ssl, back, sizeof back);
        while (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE);
        if (result != (int)length || memcmp(line, back, length) != 0)
            return failed("read", result);
        mbedtls_ssl_close_notify(&ssl);
        mbedtls_net_free(&net);
        mbedtls_ssl_free(&ssl);
    }
    puts("done");
    return 0;
}
