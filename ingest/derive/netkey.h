/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes by which the class maker tells things apart, and numbers for them.  Lengths stand before
 * texts, since a label value of a file may hold anything. */
#pragma once

#include "ingest/derive/facts.h"

/* Appends one text; what a condition says (ns NULL: wherever its namespace selector holds); what a
 * port name leads to. */
void netkey_put(GString *out, const char *s);
void netkey_put_condition(GString *out, const struct fact_netpeer *p, const char *ns);
void netkey_put_port(GString *out, const struct fact_port *port);

/* Numbers for pieces of bytes, counted from 0. */
GHashTable *netkey_table(void);
uint32_t netkey_number(GHashTable *table, const GString *bytes, bool *fresh);
