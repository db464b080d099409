/* The floor of a fan-out: AES-128-GCM of every packet for every viewer, and one UDP GSO send per burst and viewer,
 * with nothing else between. Each viewer has its own key and its own socket, and a child process on another core
 * reads them all, as the load generator does in the measurement this is compared with.
 *
 * usage: floor VIEWERS SECONDS SERVER_CORE LOAD_CORE TURN_US < schedule
 * schedule: lines "due_us packet_bytes count", one burst each, repeated every TURN_US until SECONDS have passed.
 * prints:   packets cpu_us cipher_us send_us
 *
 * libcrypto is opened at run time and its few functions declared here, so that no header of it is needed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#define MAX_BURSTS 65536
#define SINKS 16
#define MAX_VIEWERS 4096
#define HEADER_BYTES 12
#define TAG_BYTES 16
#define SLOT_BYTES 65536
#define GCM_GET_TAG 0x10

typedef void CTX;
static CTX *(*ctx_new)(void);
static const void *(*aes_128_gcm)(void);
static int (*encrypt_init)(CTX *, const void *, void *, const unsigned char *, const unsigned char *);
static int (*encrypt_update)(CTX *, unsigned char *, int *, const unsigned char *, int);
static int (*encrypt_final)(CTX *, unsigned char *, int *);
static int (*ctx_ctrl)(CTX *, int, int, void *);

struct burst { long due_us; int packet_bytes, count; };
static struct burst bursts[MAX_BURSTS];
static CTX *keys[MAX_VIEWERS];
static int readers[MAX_VIEWERS];
static struct sockaddr_in addresses[MAX_VIEWERS];
static unsigned char plain[SLOT_BYTES], out[SLOT_BYTES];

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static double cpu_us(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static int die(const char *what) {
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void open_libcrypto(void) {
    const char *names[] = {"libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"};
    void *library = NULL;
    for (int i = 0; i < 3 && !library; i++) library = dlopen(names[i], RTLD_NOW);
    if (!library) { fprintf(stderr, "floor: no libcrypto\n"); exit(2); }
    *(void **)&ctx_new = dlsym(library, "EVP_CIPHER_CTX_new");
    *(void **)&aes_128_gcm = dlsym(library, "EVP_aes_128_gcm");
    *(void **)&encrypt_init = dlsym(library, "EVP_EncryptInit_ex");
    *(void **)&encrypt_update = dlsym(library, "EVP_EncryptUpdate");
    *(void **)&encrypt_final = dlsym(library, "EVP_EncryptFinal_ex");
    *(void **)&ctx_ctrl = dlsym(library, "EVP_CIPHER_CTX_ctrl");
    if (!ctx_new || !aes_128_gcm || !encrypt_init || !encrypt_update || !encrypt_final || !ctx_ctrl) die("libcrypto");
}

/* The child: every ten milliseconds reads everything, sixteen messages a call, until it is killed. As in the load test
 * what was sent together is received together (UDP_GRO), and copied whole.
 */
static void drain(int viewers, int core) {
    static unsigned char sink[SINKS][65536];
    struct mmsghdr messages[SINKS] = {0};
    struct iovec vectors[SINKS];
    static struct epoll_event ready[MAX_VIEWERS];
    int poll = epoll_create1(0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(core);
    for (int i = 0; i < SINKS; i++) {
        vectors[i] = (struct iovec){sink[i], sizeof sink[i]};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (int i = 0; i < viewers; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = readers[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, readers[i], &event);
    }
    for (;;) {
        struct timespec tick = {0, 10000000};
        nanosleep(&tick, NULL);
        int count = epoll_wait(poll, ready, MAX_VIEWERS, 0);
        for (int i = 0; i < count; i++)
            while (recvmmsg(ready[i].data.fd, messages, SINKS, MSG_DONTWAIT, NULL) == SINKS) {}
    }
}

static void protect(CTX *key, unsigned char *to, int bytes, uint32_t sequence) {
    unsigned char iv[12] = {0};
    int written;
    memcpy(iv + 8, &sequence, 4);
    memcpy(to, plain, HEADER_BYTES);
    encrypt_init(key, NULL, NULL, NULL, iv);
    encrypt_update(key, NULL, &written, to, HEADER_BYTES);
    encrypt_update(key, to + HEADER_BYTES, &written, plain + HEADER_BYTES, bytes - HEADER_BYTES);
    encrypt_final(key, to + bytes, &written);
    ctx_ctrl(key, GCM_GET_TAG, TAG_BYTES, to + bytes);
}

static void send_burst(int from, int viewer, int bytes, uint16_t segment) {
    char control[CMSG_SPACE(sizeof segment)] = {0};
    struct iovec vector = {out, bytes};
    struct msghdr message = {&addresses[viewer], sizeof addresses[viewer], &vector, 1, NULL, 0, 0};
    if (bytes > segment) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = IPPROTO_UDP;
        header->cmsg_type = UDP_SEGMENT;
        header->cmsg_len = CMSG_LEN(sizeof segment);
        memcpy(CMSG_DATA(header), &segment, sizeof segment);
    }
    if (sendmsg(from, &message, MSG_DONTWAIT) < 0 && errno != EAGAIN) die("sendmsg");
}

int main(int argc, char **argv) {
    if (argc != 6) { fprintf(stderr, "usage: floor VIEWERS SECONDS SERVER_CORE LOAD_CORE TURN_US\n"); return 1; }
    int viewers = atoi(argv[1]), used = 0;
    double seconds = atof(argv[2]);
    if (viewers < 1 || viewers > MAX_VIEWERS) { fprintf(stderr, "floor: 1 to %d viewers\n", MAX_VIEWERS); return 1; }
    while (used < MAX_BURSTS &&
           scanf("%ld %d %d", &bursts[used].due_us, &bursts[used].packet_bytes, &bursts[used].count) == 3) used++;
    if (!used) { fprintf(stderr, "floor: no schedule on the input\n"); return 1; }
    long turn_us = atol(argv[5]);
    open_libcrypto();
    for (int i = 0; i < viewers; i++) {
        unsigned char secret[16];
        socklen_t size = sizeof addresses[i];
        int room = 1 << 20, together = 1;
        for (int k = 0; k < 16; k++) secret[k] = (unsigned char)(i * 31 + k);
        keys[i] = ctx_new();
        encrypt_init(keys[i], aes_128_gcm(), NULL, secret, NULL);
        readers[i] = socket(AF_INET, SOCK_DGRAM, 0);
        if (setsockopt(readers[i], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
            setsockopt(readers[i], SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        setsockopt(readers[i], IPPROTO_UDP, UDP_GRO, &together, sizeof together);
        addresses[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        if (bind(readers[i], (struct sockaddr *)&addresses[i], sizeof addresses[i])) die("bind");
        getsockname(readers[i], (struct sockaddr *)&addresses[i], &size);
    }
    int from = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;
    setsockopt(from, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) drain(viewers, atoi(argv[4]));
    pin(atoi(argv[3]));
    for (size_t i = 0; i < sizeof plain; i++) plain[i] = (unsigned char)(i * 131);

    double began = now_us(), cpu_began = cpu_us(), cipher = 0, sending = 0;
    uint64_t packets = 0;
    uint32_t sequence = 0;
    for (long turn = 0;; turn++) {
        for (int b = 0; b < used; b++) {
            struct burst *burst = &bursts[b];
            double wait = began + (double)turn * turn_us + burst->due_us - now_us();
            if (now_us() - began > seconds * 1e6) goto done;
            if (wait > 0) {
                struct timespec pause = {(time_t)(wait / 1e6), (long)(wait * 1e3) % 1000000000};
                nanosleep(&pause, NULL);
            }
            int stride = burst->packet_bytes + TAG_BYTES;
            sequence += burst->count;
            for (int v = 0; v < viewers; v++) {
                double t0 = now_us();
                for (int p = 0; p < burst->count; p++)
                    protect(keys[v], out + p * stride, burst->packet_bytes, sequence + p);
                double t1 = now_us();
                send_burst(from, v, burst->count * stride, (uint16_t)stride);
                cipher += t1 - t0;
                sending += now_us() - t1;
            }
            packets += (uint64_t)burst->count * viewers;
        }
    }
done:
    printf("%llu %.0f %.0f %.0f\n", (unsigned long long)packets, cpu_us() - cpu_began, cipher, sending);
    kill(child, SIGKILL);
    return 0;
}
