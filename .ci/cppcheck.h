/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jansson's loops for cppcheck, which does not read system headers. */
#define json_array_foreach(a, i, v) for ((i) = 0; (i) < json_array_size(a) && ((v) = json_array_get(a, i)); (i)++)
#define json_object_foreach(o, k, v) for ((k) = first_key(o); (k) && ((v) = json_object_get(o, k)); (k) = next_key(o, k))
