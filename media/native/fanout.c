/* The fan-out of one run: for every destination copies the plaintext into a slot, protects its packets in place with
 * the destination's key, and sends many slots with one sendmmsg, each as one UDP GSO message.
 *
 * No allocation and no state: everything belongs to the caller, who declares the same structs (media/native/kernel.py)
 * and compares harmonie_fanout_abi() before the first call. Whatever a struct says, nothing outside the caller's memory
 * is read or written. Plain C and POSIX besides sendmmsg and UDP_SEGMENT; no header of Python or libsrtp.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define ABI 2
#define MAX_PACKETS 64    /* per run: as many segments as the kernel takes in one message */
#define MAX_SLOTS 64      /* per sendmmsg */
#define TRAILER_BYTES 256 /* behind each slot, more than is ever appended, should a key's tag be of another size */
#define ALIGNMENT 64

struct kernel {
    int (*sendmmsg)(int, struct mmsghdr *, unsigned int, int); /* NULL: the system's */
    uint8_t *memory;                                         /* for slots; at least one has to fit */
    size_t memory_bytes;
};

struct destination {
    int (*protect)(void *session, void *packet, int *bytes); /* harmonie_protect_gcm, or libsrtp's srtp_protect */
    void *session;
    uint32_t name_bytes;
    uint8_t name[28]; /* sockaddr_in or sockaddr_in6 */
};

/* Packet n starts at n * segment_bytes, is sizes[n] bytes long, and has the tag's room behind it. */
struct run {
    const uint8_t *plaintext;
    const int *sizes;
    uint32_t packets;
    uint32_t bytes;
    uint32_t segment_bytes;
    int gso; /* 0: every packet by itself */
};

struct tally {
    uint64_t packets_out;
    uint64_t bytes_out;
    uint64_t refused; /* packets that could not be protected; nothing of that destination's run was sent */
    uint64_t dropped; /* packets the socket had no room or no route for */
    int gso_error;    /* why a GSO message was refused whose packets then passed one by one; 0: none was */
};

static uint32_t packet_end(const struct run *run, uint32_t n) {
    return n + 1 == run->packets ? run->bytes : (n + 1) * run->segment_bytes;
}

static int is_sound(const struct run *run) {
    if (run->packets < 1 || run->packets > MAX_PACKETS || run->segment_bytes < 1 || run->segment_bytes > UINT16_MAX)
        return 0;
    if (run->bytes > run->packets * run->segment_bytes || run->bytes <= (run->packets - 1) * run->segment_bytes)
        return 0;
    for (uint32_t n = 0; n < run->packets; n++)
        if (run->sizes[n] < 0 || (uint32_t)run->sizes[n] > packet_end(run, n) - n * run->segment_bytes) return 0;
    return 1;
}

static int protect_run(const struct run *run, const struct destination *destination, uint8_t *slot) {
    memcpy(slot, run->plaintext, run->bytes);
    for (uint32_t n = 0; n < run->packets; n++) {
        uint32_t start = n * run->segment_bytes;
        int bytes = run->sizes[n];
        if (destination->protect(destination->session, slot + start, &bytes)) return 0;
        if (bytes < 0 || start + (uint32_t)bytes != packet_end(run, n)) return 0;
    }
    return 1;
}

/* Protected packets of one slot, one by one. Returns whether any passed. */
static int send_apart(int descriptor, const struct run *run, const struct msghdr *message, struct tally *tally) {
    const uint8_t *slot = message->msg_iov->iov_base;
    int passed = 0;
    for (uint32_t n = 0; n < run->packets; n++) {
        uint32_t start = n * run->segment_bytes, bytes = packet_end(run, n) - start;
        ssize_t sent;
        do sent = sendto(descriptor, slot + start, bytes, MSG_DONTWAIT, message->msg_name, message->msg_namelen);
        while (sent < 0 && errno == EINTR);
        if (sent < 0) {
            tally->dropped++;
        } else {
            passed = 1;
            tally->packets_out++;
            tally->bytes_out += bytes;
        }
    }
    return passed;
}

static int is_refusal_of_gso(int code) {
    return code == EIO || code == EINVAL || code == EMSGSIZE || code == EOPNOTSUPP || code == ENOPROTOOPT;
}

static void send_slots(const struct kernel *kernel, int descriptor, const struct run *run, struct mmsghdr *messages,
                       uint32_t count, struct tally *tally) {
    uint32_t done = 0;
    while (done < count && (run->gso || run->packets == 1)) {
        int sent = (kernel->sendmmsg ? kernel->sendmmsg : sendmmsg)(descriptor, messages + done, count - done, MSG_DONTWAIT);
        if (sent > 0) {
            done += (uint32_t)sent;
            tally->packets_out += (uint64_t)sent * run->packets;
            tally->bytes_out += (uint64_t)sent * run->bytes;
        } else if (sent == 0 || errno != EINTR) {
            int code = sent == 0 ? EIO : errno;
            if (run->packets == 1 || !is_refusal_of_gso(code)) tally->dropped += run->packets;
            else if (send_apart(descriptor, run, &messages[done].msg_hdr, tally)) tally->gso_error = code;
            done++;
        }
    }
    for (; done < count; done++) send_apart(descriptor, run, &messages[done].msg_hdr, tally);
}

uint32_t harmonie_fanout_abi(void) { return ABI; }

/* Adds to `tally`. Returns 0, or EINVAL when the run contradicts itself or does not fit: then nothing was done. */
int harmonie_fanout_send(const struct kernel *kernel, int descriptor, const struct run *run,
                         const struct destination *destinations, uint32_t count, struct tally *tally) {
    if (!is_sound(run)) return EINVAL;
    size_t stride = ((size_t)run->bytes + TRAILER_BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t slots = kernel->memory_bytes / stride;
    if (slots > MAX_SLOTS) slots = MAX_SLOTS;
    if (slots > count) slots = count;
    if (!slots) return count ? EINVAL : 0;

    union { /* aligned as a control message has to be */
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
    } control;
    struct iovec vectors[MAX_SLOTS];
    struct mmsghdr messages[MAX_SLOTS];
    uint16_t segment = (uint16_t)run->segment_bytes;
    memset(&control, 0, sizeof control);
    control.header.cmsg_level = IPPROTO_UDP;
    control.header.cmsg_type = UDP_SEGMENT;
    control.header.cmsg_len = CMSG_LEN(sizeof segment);
    memcpy(CMSG_DATA(&control.header), &segment, sizeof segment);
    memset(messages, 0, slots * sizeof messages[0]);
    for (size_t n = 0; n < slots; n++) {
        struct msghdr *message = &messages[n].msg_hdr;
        vectors[n].iov_base = kernel->memory + n * stride;
        vectors[n].iov_len = run->bytes;
        message->msg_iov = &vectors[n];
        message->msg_iovlen = 1;
        if (run->packets > 1) {
            message->msg_control = &control;
            message->msg_controllen = sizeof control;
        }
    }

    uint32_t filled = 0;
    for (uint32_t n = 0; n < count; n++) {
        const struct destination *destination = &destinations[n];
        if (destination->name_bytes > sizeof destination->name ||
            !protect_run(run, destination, vectors[filled].iov_base)) {
            tally->refused += run->packets;
            continue;
        }
        messages[filled].msg_hdr.msg_name = (void *)destination->name;
        messages[filled].msg_hdr.msg_namelen = destination->name_bytes;
        if (++filled == slots) {
            send_slots(kernel, descriptor, run, messages, filled, tally);
            filled = 0;
        }
    }
    send_slots(kernel, descriptor, run, messages, filled, tally);
    return 0;
}
