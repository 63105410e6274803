/*
 * The files of web/ that are part of the program, and the addresses of those that browsers load.
 *
 * An asset is served as /assets/<name>.<hash of its content>.<ext> and kept by browsers for ever, and as
 * /assets/<name>.<ext> for references inside assets, kept for a short time. Filled once before the first request; read by
 * any thread after that.
 */
#ifndef PORTAL_WEB_H
#define PORTAL_WEB_H

#include "embedded.h"

#include "exchange.h"

/* Computes the hashes; call once, before the first request. */
void web_init(void);

/* The text of web/<name>, "templates/cart.mustache"; NULL when there is none. */
const struct embedded_file *web_file(const char *name);

/* "assets/shop.css" -> "/assets/shop.4f2a9c1b5e6d7f80.css". NULL when there is none; lives for ever. */
const char *web_asset_url(const char *name);

/* The doors: /assets/{path=**}, /favicon.ico, /robots.txt. */
void web_asset(struct exchange *x);
void web_favicon(struct exchange *x);
void web_robots(struct exchange *x);

#endif
