/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - SHA-256 and SHA-512/256 through EVP.
 *
 * Looking the algorithm up costs OpenSSL half a millisecond, so it is done once a process, on
 * first use; children of a fork keep what their parent found. */
#include "store/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void fetch_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static FlowStatus find_sha256(FlowError *err)
{
    pthread_once(&sha256_once, fetch_sha256);
    return sha256 ? FLOW_OK
                  : flow_error(err, FLOW_EIO,
                               "OpenSSL offers no SHA-256; check its configuration (openssl.cnf)");
}

static bool hash_pieces(EVP_MD_CTX *hash, const Bytes *pieces, size_t count, uint8_t *out)
{
    bool is_fine = hash && EVP_DigestInit_ex(hash, sha256, NULL) == 1;
    for (size_t i = 0; i < count && is_fine; i++)
        is_fine = pieces[i].len == 0 || EVP_DigestUpdate(hash, pieces[i].bytes, pieces[i].len) == 1;
    return is_fine && EVP_DigestFinal_ex(hash, out, NULL) == 1;
}

FlowStatus digest_pieces(const Bytes *pieces, size_t count, FlowDigest *out, FlowError *err)
{
    if (count == 1)
        return digest_bytes(pieces->bytes, pieces->len, out, err);
    FlowStatus s = find_sha256(err);
    if (s != FLOW_OK)
        return s;
    FlowDigest digest;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    if (hash_pieces(hash, pieces, count, digest.bytes))
        *out = digest;
    else
        s = flow_error(err, FLOW_ENOMEM, "cannot hash a blob: no memory");
    EVP_MD_CTX_free(hash);
    return s;
}

FlowStatus digest_bytes(const void *bytes, size_t len, FlowDigest *out, FlowError *err)
{
    FlowStatus s = find_sha256(err);
    if (s != FLOW_OK)
        return s;
    FlowDigest digest;
    if (EVP_Digest(len > 0 ? bytes : "", len, digest.bytes, NULL, sha256, NULL) != 1)
        return flow_error(err, FLOW_ENOMEM, "cannot hash %zu bytes: no memory", len);
    *out = digest;
    return FLOW_OK;
}

static bool hash_root(EVP_MD_CTX *hash, const EVP_MD *root, const FlowDigest *strides, size_t count,
                      const uint8_t *len, uint8_t *out)
{
    return hash && EVP_DigestInit_ex(hash, root, NULL) == 1 &&
           EVP_DigestUpdate(hash, strides, count * sizeof *strides) == 1 &&
           EVP_DigestUpdate(hash, len, sizeof(uint64_t)) == 1 &&
           EVP_DigestFinal_ex(hash, out, NULL) == 1;
}

FlowStatus digest_root(const FlowDigest *strides, size_t count, uint64_t len, FlowDigest *out,
                       FlowError *err)
{
    FlowDigest digest;
    uint8_t len_bytes[sizeof len];
    for (size_t i = 0; i < sizeof len; i++)
        len_bytes[i] = (uint8_t)(len >> 8 * i);
    EVP_MD *root = EVP_MD_fetch(NULL, "SHA512-256", NULL);
    if (!root)
        return flow_error(err, FLOW_EIO,
                          "OpenSSL offers no SHA-512/256; check its configuration (openssl.cnf)");
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool is_fine = hash_root(hash, root, strides, count, len_bytes, digest.bytes);
    EVP_MD_CTX_free(hash);
    EVP_MD_free(root);
    if (!is_fine)
        return flow_error(err, FLOW_ENOMEM, "cannot hash a blob: no memory");
    *out = digest;
    return FLOW_OK;
}

bool digest_equal(const FlowDigest *a, const FlowDigest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void digest_hex(const FlowDigest *d, char out[65])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof d->bytes; i++) {
        out[2 * i] = digits[d->bytes[i] >> 4];
        out[2 * i + 1] = digits[d->bytes[i] & 15];
    }
    out[64] = '\0';
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool digest_parse(const char *hex, FlowDigest *out)
{
    FlowDigest digest;
    for (size_t i = 0; i < sizeof digest.bytes; i++) {
        int high = digit_value(hex[2 * i]);
        int low = high < 0 ? -1 : digit_value(hex[2 * i + 1]);
        if (low < 0)
            return false;
        digest.bytes[i] = (uint8_t)(high << 4 | low);
    }
    if (hex[64] != '\0')
        return false;
    *out = digest;
    return true;
}
