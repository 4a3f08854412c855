/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event loop around evhttp. */
#include "graphd/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <glib.h>

#include "base/log.h"
#include "graphd/guard.h"
#include "graphd/http.h"
#include "graphd/jobs.h"
#include "graphd/metrics.h"
#include "graphd/problem.h"
#include "graphd/routes.h"

enum {
    BACKLOG = 1024,
    SWEEP_MS = 100,
    SECOND = 1000000,
    SEND_FACTOR = 10, /* a reply may take so many times what a request may */
    /* evhttp refuses what exceeds its own limits with a page of HTML; wider limits than ours let
     * the guard and the route refuse most of it with a problem document. */
    OUTER_FACTOR = 2,
    OUTER_BODY = 64 << 10,
};

/* Where a connection stands, since `since`. */
enum state { STATE_IDLE, STATE_ARRIVING, STATE_WORKING, STATE_SENDING };

struct conn {
    struct loop *loop;
    struct bufferevent *bev;
    struct evhttp_connection *ev; /* NULL until on_arrived */
    struct exchange *exchange;    /* with a worker; else NULL */
    enum state state;
    usec since;
    bool refused; /* too many are open: 503 and close */
    bool doomed;  /* what follows the last reply must not be parsed */
};

struct loop {
    struct service *service;
    struct event_base *base;
    struct evhttp *http;
    struct evhttp_bound_socket *bound; /* NULL once it stopped accepting */
    struct event *sweep, *posted, *arrived, *signals[3];
    GHashTable *conns; /* bufferevent -> conn */
    GPtrArray *fresh;  /* conns that on_arrived has not seen */
    size_t read_ahead; /* bytes that a connection may have buffered */
    size_t working;
    usec drain, drain_end; /* drain_end: 0 while it serves */
    void (*reload)(void *);
    void *reload_arg;
    pthread_mutex_t lock;
    struct exchange *answered; /* under lock, newest first */
};

/* Connections. */

static void enter(struct conn *c, enum state s)
{
    c->state = s;
    c->since = clock_mono();
}

static void on_bytes(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *arg)
{
    struct conn *c = arg;

    (void)buf;
    if (info->n_added > 0 && c->state == STATE_IDLE)
        enter(c, STATE_ARRIVING);
}

/* evhttp is about to free the connection, for whatever reason. */
static void on_close(struct evhttp_connection *ev, void *arg)
{
    struct conn *c = arg;
    struct loop *l = c->loop;

    (void)ev;
    if (c->exchange)
        c->exchange->connection = NULL;
    evbuffer_remove_cb(bufferevent_get_input(c->bev), on_bytes, c);
    g_hash_table_remove(l->conns, c->bev);
    metrics_set(METRIC_CONNECTIONS, g_hash_table_size(l->conns));
}

/* Ends a connection whose request no worker has, with a few last words if they fit. */
static void drop(struct conn *c, const char *words)
{
    evutil_socket_t fd = bufferevent_getfd(c->bev);
    char sink[4096];

    if (words && fd >= 0 && send(fd, words, strlen(words), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
        /* Bytes left unread would make the kernel reset the connection and lose the words. */
        for (int i = 0; i < 16 && recv(fd, sink, sizeof(sink), MSG_DONTWAIT) > 0; i++)
            continue;
    }
    evhttp_connection_free(c->ev);
}

/* evhttp asks for the bufferevent of a connection it just accepted: the one moment to count it. */
static struct bufferevent *on_accept(struct event_base *base, void *arg)
{
    struct loop *l = arg;
    struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);
    struct conn *c = must_calloc(1, sizeof(*c));

    if (!bev)
        must_die("out of memory");
    c->loop = l;
    c->bev = bev;
    c->refused = g_hash_table_size(l->conns) >= l->service->config->max_connections;
    enter(c, STATE_IDLE);
    /* While a reply is sent evhttp reads on: no more than one whole request ahead. */
    bufferevent_setwatermark(bev, EV_READ, 0, l->read_ahead);
    evbuffer_add_cb(bufferevent_get_input(bev), on_bytes, c);
    g_hash_table_insert(l->conns, bev, c);
    metrics_add(METRIC_CONNECTIONS_TOTAL, 1);
    metrics_set(METRIC_CONNECTIONS, g_hash_table_size(l->conns));
    g_ptr_array_add(l->fresh, c);
    event_active(l->arrived, EV_TIMEOUT, 0);
    return bev;
}

/* Runs in the same turn, before anything is read: evhttp has made its connection by now and left
 * it with the bufferevent as the argument of the callbacks. */
static void on_arrived(evutil_socket_t fd, short what, void *arg)
{
    static const char words[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                                "Content-Length: 0\r\nConnection: close\r\n\r\n";
    struct loop *l = arg;

    (void)fd;
    (void)what;
    for (guint i = 0; i < l->fresh->len; i++) {
        struct conn *c = g_ptr_array_index(l->fresh, i);
        void *ev = NULL;
        bufferevent_getcb(c->bev, NULL, NULL, NULL, &ev);
        c->ev = ev;
        evhttp_connection_set_closecb(c->ev, on_close, c);
        if (c->refused) {
            metrics_add(METRIC_REFUSED_TOTAL, 1);
            drop(c, words);
        }
    }
    g_ptr_array_set_size(l->fresh, 0);
}

static usec time_limit(const struct loop *l, enum state s)
{
    usec unit = (usec)l->service->config->request_seconds * SECOND;

    return s == STATE_SENDING ? SEND_FACTOR * unit : unit;
}

static bool is_over(const struct loop *l, const struct conn *c, usec now)
{
    if (c->state == STATE_WORKING)
        return false;
    return c->doomed || now - c->since > time_limit(l, c->state) ||
           (l->drain_end && c->state == STATE_IDLE);
}

static void expire(struct conn *c)
{
    static const char late[] = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n"
                               "Connection: close\r\n\r\n";

    if (c->state != STATE_IDLE && !c->doomed)
        metrics_add(METRIC_EXPIRED_TOTAL, 1);
    drop(c, c->state == STATE_ARRIVING && !c->doomed ? late : NULL);
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
    struct loop *l = arg;
    usec now = clock_mono();
    g_autoptr(GPtrArray) over = g_ptr_array_new();
    GHashTableIter it;
    gpointer c;

    (void)fd;
    (void)what;
    g_hash_table_iter_init(&it, l->conns);
    while (g_hash_table_iter_next(&it, NULL, &c))
        if (is_over(l, c, now))
            g_ptr_array_add(over, c);
    for (guint i = 0; i < over->len; i++)
        expire(g_ptr_array_index(over, i));
    if (l->drain_end && (g_hash_table_size(l->conns) == 0 || now > l->drain_end))
        event_base_loopbreak(l->base);
}

/* Requests and replies. */

static void release(const void *data, size_t len, void *arg)
{
    (void)data;
    (void)len;
    http_exchange_free(arg);
}

static void on_sent(struct evhttp_request *ev, void *arg)
{
    struct conn *c = arg;

    (void)ev;
    /* evhttp closes by itself, but for the method CONNECT. */
    if (c->doomed)
        event_active(c->loop->sweep, EV_TIMEOUT, 0);
    /* What the client sent ahead is in the buffer already. */
    enter(c, evbuffer_get_length(bufferevent_get_input(c->bev)) ? STATE_ARRIVING : STATE_IDLE);
}

static void add_headers(const struct loop *l, const struct exchange *x, struct evkeyvalq *out)
{
    char number[24];

    evhttp_add_header(out, "X-Request-Id", x->id);
    evhttp_add_header(out, "X-Content-Type-Options", "nosniff");
    evhttp_add_header(out, "Cache-Control", x->etag ? "no-cache" : "no-store");
    if (x->content_type)
        evhttp_add_header(out, "Content-Type", x->content_type);
    if (x->etag)
        evhttp_add_header(out, "ETag", x->etag);
    if (*x->allow)
        evhttp_add_header(out, "Allow", x->allow);
    if (x->retry_after > 0) {
        snprintf(number, sizeof(number), "%d", x->retry_after);
        evhttp_add_header(out, "Retry-After", number);
    }
    if (x->status != 204 && x->status != 304) {
        snprintf(number, sizeof(number), "%zu", x->text ? x->text_len : 0);
        evhttp_add_header(out, "Content-Length", number);
    }
    if (x->close || l->drain_end)
        evhttp_add_header(out, "Connection", "close");
}

/* Sends the reply and gives up the exchange.  Without a connection evhttp only frees the request.
 */
static void answer(struct loop *l, struct exchange *x)
{
    struct evhttp_request *ev = x->request;
    struct evbuffer *body = evbuffer_new();
    bool silent = !x->text || strcmp(x->method, "HEAD") == 0;

    struct conn *c = x->connection;

    if (c) {
        c->exchange = NULL;
        c->doomed = x->close;
        enter(c, STATE_SENDING);
        add_headers(l, x, evhttp_request_get_output_headers(ev));
        evhttp_request_set_on_complete_cb(ev, on_sent, c);
    }
    if (!silent && evbuffer_add_reference(body, x->text, x->text_len, release, x) != 0)
        must_die("out of memory");
    evhttp_send_reply(ev, x->status, problem_reason(x->status), body);
    evbuffer_free(body);
    if (silent)
        http_exchange_free(x);
}

void loop_post(struct loop *l, struct exchange *x)
{
    pthread_mutex_lock(&l->lock);
    bool first = !l->answered;
    x->next = l->answered;
    l->answered = x;
    pthread_mutex_unlock(&l->lock);
    if (first)
        event_active(l->posted, EV_TIMEOUT, 0);
}

static void on_posted(evutil_socket_t fd, short what, void *arg)
{
    struct loop *l = arg;

    (void)fd;
    (void)what;
    pthread_mutex_lock(&l->lock);
    struct exchange *x = l->answered;
    l->answered = NULL;
    pthread_mutex_unlock(&l->lock);
    for (struct exchange *next; x; x = next) {
        next = x->next;
        l->working--;
        answer(l, x);
    }
}

static const char *method_name(enum evhttp_cmd_type type)
{
    switch (type) {
    case EVHTTP_REQ_GET:
        return "GET";
    case EVHTTP_REQ_HEAD:
        return "HEAD";
    case EVHTTP_REQ_POST:
        return "POST";
    case EVHTTP_REQ_PUT:
        return "PUT";
    case EVHTTP_REQ_PATCH:
        return "PATCH";
    case EVHTTP_REQ_DELETE:
        return "DELETE";
    case EVHTTP_REQ_OPTIONS:
        return "OPTIONS";
    case EVHTTP_REQ_TRACE:
    case EVHTTP_REQ_CONNECT:
        break;
    }
    return "";
}

/* Copies what workers will read: evhttp's memory is the loop's alone. */
static void copy_request(struct exchange *x, struct evhttp_request *ev)
{
    struct evkeyvalq *list = evhttp_request_get_input_headers(ev);
    struct evbuffer *in = evhttp_request_get_input_buffer(ev);
    size_t n = 0;

    for (struct evkeyval *h = list->tqh_first; h; h = h->next.tqe_next)
        n++;
    x->headers = arena_calloc(x->arena, n, sizeof(*x->headers));
    for (struct evkeyval *h = list->tqh_first; h; h = h->next.tqe_next)
        x->headers[x->nheaders++] =
            (struct guard_header){arena_strdup(x->arena, h->key), arena_strdup(x->arena, h->value)};
    x->method = method_name(evhttp_request_get_command(ev));
    x->uri = arena_strdup(x->arena, evhttp_request_get_uri(ev));
    x->peer = arena_strdup(x->arena, ev->remote_host ? ev->remote_host : "");
    x->major = ev->major;
    x->minor = ev->minor;
    x->body_len = evbuffer_get_length(in);
    if (x->body_len > 0) {
        char *body = arena_alloc(x->arena, x->body_len + 1);
        evbuffer_remove(in, body, x->body_len);
        body[x->body_len] = '\0';
        x->body = body;
    }
}

static void on_request(struct evhttp_request *ev, void *arg)
{
    struct loop *l = arg;
    struct evhttp_connection *ec = evhttp_request_get_connection(ev);
    struct conn *c = g_hash_table_lookup(l->conns, evhttp_connection_get_bufferevent(ec));
    bool urgent = false;

    if (c->doomed)
        return; /* on_sweep is about to free it */
    struct exchange *x = http_exchange_new(l->service);
    x->read_at = clock_mono();
    x->request = ev;
    x->connection = c;
    copy_request(x, ev);
    if (!http_admit(x, &urgent)) {
        answer(l, x);
        return;
    }
    enter(c, STATE_WORKING);
    c->exchange = x;
    l->working++;
    if (!jobs_push(l->service->jobs, x, urgent)) {
        l->working--;
        http_refuse(x);
        answer(l, x);
    }
}

/* Start and end. */

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
    struct loop *l = arg;

    (void)what;
    if (sig == SIGHUP) {
        if (l->reload)
            l->reload(l->reload_arg);
        return;
    }
    if (l->drain_end)
        return;
    log_info("http.draining", "signal", LOG_STR(strsignal((int)sig)), "connections",
             LOG_U64(g_hash_table_size(l->conns)));
    atomic_store(&l->service->draining, true);
    l->drain_end = clock_mono() + l->drain;
    evhttp_del_accept_socket(l->http, l->bound);
    l->bound = NULL;
    event_active(l->sweep, EV_TIMEOUT, 0);
}

static void on_libevent_log(int severity, const char *text)
{
    if (severity >= EVENT_LOG_WARN)
        log_warn("libevent.warned", "text", LOG_STR(text));
}

static bool resolve(const char *text, struct sockaddr_storage *out, socklen_t *len, struct err *e)
{
    char host[CONFIG_HOST];
    uint16_t port;
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

    if (!config_address(text, host, &port, e))
        return false;
    memset(out, 0, sizeof(*out));
    if (evutil_inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        *len = sizeof(*four);
        return true;
    }
    evutil_inet_pton(AF_INET6, host, &six->sin6_addr);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    *len = sizeof(*six);
    return true;
}

/* The port that the kernel picked, for callers that asked for port 0. */
static void announce(const struct loop *l, evutil_socket_t fd, const char *listen)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    char address[CONFIG_HOST + 8];
    unsigned port = 0;

    if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0)
        port = ntohs(sa.ss_family == AF_INET ? ((struct sockaddr_in *)&sa)->sin_port
                                             : ((struct sockaddr_in6 *)&sa)->sin6_port);
    snprintf(address, sizeof(address), "%.*s:%u", (int)(strrchr(listen, ':') - listen), listen,
             port);
    log_info("http.listening", "address", LOG_STR(address), "port", LOG_U64(port), "workers",
             LOG_U64(l->service->config->workers), "libevent", LOG_STR(event_get_version()),
             "method", LOG_STR(event_base_get_method(l->base)));
}

static bool bind_listener(struct loop *l, const char *listen, struct err *e)
{
    const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
    struct sockaddr_storage sa;
    socklen_t len;
    int on = 1;

    if (!resolve(listen, &sa, &len, e))
        return false;
    struct evconnlistener *listener = evconnlistener_new_bind(l->base, NULL, NULL, flags, BACKLOG,
                                                              (struct sockaddr *)&sa, (int)len);
    if (!listener)
        return err_set(e, ERR_IO, "listen on %s: %s", listen, strerror(errno));
    evutil_socket_t fd = evconnlistener_get_fd(listener);
    /* Accepted sockets inherit it; without it a reply in two segments waits 40 ms for an ACK. */
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        log_warn("http.nodelay", "why", LOG_STR(strerror(errno)));
    l->bound = evhttp_bind_listener(l->http, listener);
    announce(l, fd, listen);
    return true;
}

static struct event_base *base_new(void)
{
    struct event_config *c = event_config_new();

    evthread_use_pthreads();
    event_set_log_callback(on_libevent_log);
    event_config_set_flag(c, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
    struct event_base *base = event_base_new_with_config(c);
    event_config_free(c);
    if (!base)
        must_die("cannot make an event loop");
    return base;
}

static void configure_http(struct loop *l)
{
    const struct config *c = l->service->config;
    size_t head = (size_t)c->header_bytes * OUTER_FACTOR;
    size_t body = routes_largest_body() * OUTER_FACTOR + OUTER_BODY;

    l->read_ahead = head + body;
    evhttp_set_max_headers_size(l->http, (ev_ssize_t)head);
    evhttp_set_max_body_size(l->http, (ev_ssize_t)body);
    evhttp_set_timeout(l->http, (int)c->request_seconds);
    evhttp_set_default_content_type(l->http, NULL);
    /* Every method, known to evhttp or not, comes to the guard: it answers 501 better. */
    evhttp_set_allowed_methods(l->http, UINT16_MAX);
    evhttp_set_bevcb(l->http, on_accept, l);
    evhttp_set_gencb(l->http, on_request, l);
}

struct loop *loop_new(struct service *service, struct err *e)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    const struct timeval tick = {.tv_usec = SWEEP_MS * 1000};
    AUTO(loop) l = must_calloc(1, sizeof(*l));

    signal(SIGPIPE, SIG_IGN);
    pthread_mutex_init(&l->lock, NULL);
    l->service = service;
    l->base = base_new();
    l->http = evhttp_new(l->base);
    l->conns = g_hash_table_new_full(NULL, NULL, NULL, free);
    l->fresh = g_ptr_array_new();
    l->sweep = event_new(l->base, -1, EV_PERSIST, on_sweep, l);
    l->posted = event_new(l->base, -1, 0, on_posted, l);
    l->arrived = event_new(l->base, -1, 0, on_arrived, l);
    if (!l->http || !l->sweep || !l->posted || !l->arrived)
        must_die("out of memory");
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        l->signals[i] = evsignal_new(l->base, signals[i], on_signal, l);
        event_add(l->signals[i], NULL);
    }
    event_add(l->sweep, &tick);
    configure_http(l);
    if (!bind_listener(l, service->config->listen, e))
        return NULL;
    return TAKE(l);
}

bool loop_run(struct loop *l, usec drain, void (*reload)(void *), void *arg)
{
    l->drain = drain;
    l->reload = reload;
    l->reload_arg = arg;
    event_base_dispatch(l->base);
    if (l->working > 0)
        log_warn("http.abandoned", "requests", LOG_U64(l->working));
    return l->working == 0;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    evhttp_free(l->http);
    g_hash_table_destroy(l->conns);
    event_free(l->sweep);
    event_free(l->posted);
    event_free(l->arrived);
    g_ptr_array_free(l->fresh, TRUE);
    for (size_t i = 0; i < ARRAY_LEN(l->signals); i++)
        event_free(l->signals[i]);
    event_base_free(l->base);
    pthread_mutex_destroy(&l->lock);
    free(l);
    libevent_global_shutdown();
}
