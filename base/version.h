/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The version that every program prints. */
#pragma once

#define VERSION "0.1.0"
