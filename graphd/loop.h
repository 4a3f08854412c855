/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event loop: sockets, connections, deadlines, signals.  All of libevent lives here.
 *
 * One thread owns every libevent object.  A request leaves it as an exchange, is answered by a
 * worker, and comes back through loop_post; while a worker has it, its connection is neither read
 * nor closed, so a client that vanishes meanwhile is noticed when the reply is written. */
#pragma once

#include "graphd/service.h"

struct loop;
struct exchange;

/* Binds and listens (config->listen), and says so in the log.  Ignores SIGPIPE.
 * Errors: USAGE for an address that is not loopback; IO if it cannot be bound. */
struct loop *loop_new(struct service *service, struct err *e) MUST_CHECK;
void loop_free(struct loop *l);
DEFINE_AUTO(loop)

/* Serves until SIGTERM or SIGINT; then drains: no new connections, idle ones closed, requests under
 * way answered for at most `drain` of time.  SIGHUP calls `reload` meanwhile.
 * Returns: false if requests were still running when that time was over. */
bool loop_run(struct loop *l, usec drain, void (*reload)(void *), void *arg);

/* Gives an answered exchange back.  Any thread may call it. */
void loop_post(struct loop *l, struct exchange *x);
