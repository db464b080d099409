/* SRTP with AES-GCM (RFC 7714) for the RTP packets that one peer is sent: what libsrtp's srtp_protect() does, byte for
 * byte, without its lists and its window of bits. The cipher is libcrypto's, whose functions the caller has found.
 *
 * No allocation: everything belongs to the caller, who declares the same structs (media/native/gcm.py). The packet
 * numbers are those of RFC 3711 section 3.3.1: 16 bits of them are in the packet, the rest is how often these wrapped
 * around. A packet that is sent again has its first number and so its first nonce: it has to be the same to the last
 * byte (RFC 7714 section 8.1), which is the caller's to see to.
 */
#include <stdint.h>
#include <string.h>

#define NONCE_BYTES 12
#define TAG_BYTES 16
#define HEADER_BYTES 12
#define MAX_STREAMS 16
#define MEDIAN 0x8000
#define AGAIN_MAX 1024 /* packets: older ones are not sent again, so that a wrong number cannot go back far */
#define LAST_NUMBER ((UINT64_C(1) << 48) - 1)
#define CTRL_GET_TAG 0x10 /* EVP_CTRL_AEAD_GET_TAG */

/* libsrtp's numbers of the same reasons. */
enum { OK = 0, CIPHER_FAILED = 8, TOO_OLD = 10, TOO_MANY_STREAMS = 13, KEY_EXPIRED = 15, NO_PACKET = 21 };

struct cipher {
    int (*init)(void *context, const void *type, void *engine, const uint8_t *key, const uint8_t *nonce);
    int (*update)(void *context, uint8_t *out, int *out_bytes, const uint8_t *in, int in_bytes);
    int (*final)(void *context, uint8_t *out, int *out_bytes);
    int (*control)(void *context, int command, int argument, void *value);
};

struct stream {
    uint32_t ssrc;
    uint64_t highest; /* number of a packet */
};

struct gcm {
    const struct cipher *cipher;
    void *context; /* libcrypto's, with the session key */
    uint8_t salt[NONCE_BYTES];
    uint32_t streams;
    struct stream stream[MAX_STREAMS];
};

static uint32_t read_32(const uint8_t *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* Of the header with its extension; 0 when this is no RTP packet of so many bytes. */
static int header_bytes(const uint8_t *packet, int bytes) {
    if (bytes < HEADER_BYTES || packet[0] >> 6 != 2) return 0;
    int header = HEADER_BYTES + (packet[0] & 15) * 4;
    if (packet[0] & 0x10) {
        if (bytes < header + 4) return 0;
        header += 4 + (packet[header + 2] << 8 | packet[header + 3]) * 4;
    }
    return header <= bytes ? header : 0;
}

static struct stream *find(struct gcm *gcm, uint32_t ssrc, uint16_t sequence) {
    for (uint32_t n = 0; n < gcm->streams; n++)
        if (gcm->stream[n].ssrc == ssrc) return &gcm->stream[n];
    if (gcm->streams >= MAX_STREAMS) return NULL;
    struct stream *stream = &gcm->stream[gcm->streams++];
    stream->ssrc = ssrc;
    stream->highest = sequence;
    return stream;
}

/* RFC 3711 appendix A; before the first turn there is no packet. */
static uint64_t number_of(const struct stream *stream, uint16_t sequence) {
    uint64_t turns = stream->highest & ~UINT64_C(0xffff);
    uint16_t last = (uint16_t)stream->highest;
    if (last < MEDIAN) {
        if (sequence - last > MEDIAN && turns) turns -= 0x10000;
    } else if (last - MEDIAN > sequence) {
        turns += 0x10000;
    }
    return turns | sequence;
}

/* In place; the tag is written behind the packet and `bytes` becomes what it is with it. */
int harmonie_protect_gcm(void *session, void *memory, int *bytes) {
    struct gcm *gcm = session;
    const struct cipher *cipher = gcm->cipher;
    uint8_t *packet = memory;
    int header = header_bytes(packet, *bytes);
    if (!header) return NO_PACKET;
    uint32_t ssrc = read_32(packet + 8);
    uint16_t sequence = (uint16_t)(packet[2] << 8 | packet[3]);
    struct stream *stream = find(gcm, ssrc, sequence);
    if (!stream) return TOO_MANY_STREAMS;
    uint64_t number = number_of(stream, sequence);
    if (number + AGAIN_MAX <= stream->highest) return TOO_OLD;
    if (number > LAST_NUMBER) return KEY_EXPIRED;

    /* RFC 7714 section 8.1: two zero bytes, SSRC, rollover counter, sequence number; all of it against the salt. */
    uint8_t nonce[NONCE_BYTES];
    memcpy(nonce, gcm->salt, NONCE_BYTES);
    for (int n = 0; n < 4; n++) nonce[2 + n] ^= packet[8 + n];
    for (int n = 0; n < 6; n++) nonce[6 + n] ^= (uint8_t)(number >> (40 - 8 * n));

    uint8_t rest[TAG_BYTES];
    int written, payload = *bytes - header;
    if (cipher->init(gcm->context, NULL, NULL, NULL, nonce) != 1 ||
        cipher->update(gcm->context, NULL, &written, packet, header) != 1 ||
        (payload && cipher->update(gcm->context, packet + header, &written, packet + header, payload) != 1) ||
        cipher->final(gcm->context, rest, &written) != 1 ||
        cipher->control(gcm->context, CTRL_GET_TAG, TAG_BYTES, packet + *bytes) != 1)
        return CIPHER_FAILED;
    if (number > stream->highest) stream->highest = number;
    *bytes += TAG_BYTES;
    return OK;
}
