/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of places, and what a mount shows of it. */
#include "ingest/derive/hostplace.h"

#include <string.h>

#include "ingest/derive/hostpath.h"

enum {
    TREE = 1,   /* a mount inside it counts too */
    SOCKET = 2, /* to connect is enough, so a read-only mount counts */
    KERNEL = 4, /* only the node's own root may write it, whatever a user namespace maps */
    BUILT = 8   /* most kernels are built without it */
};

struct row {
    enum edge_kind kind;
    const char *path;
    /* A mount above counts if it lies in this folder; one above that only for the socket of the
     * runtime that the node reports. */
    const char *home;
    unsigned flags;
    const char *runtime, *kubelet; /* how the node's versions begin, or what the kubelet's holds */
    const char *note;
};

#define SOCK EDGE_EXPLOIT_CONTAINERD_SOCK
#define ENGINE "who speaks to it starts privileged containers"

/* clang-format off */
/* Of one kind the first row that a mount covers speaks. */
static const struct row rows[] = {
    {SOCK, "/run/docker.sock", "/run/docker.sock", SOCKET, "docker", NULL, ENGINE},
    {SOCK, "/run/k3s/containerd/containerd.sock", "/run/k3s", SOCKET, NULL, "+k3s", ENGINE},
    {SOCK, "/run/k3s/containerd/containerd.sock", "/run/k3s", SOCKET, NULL, "+rke2", ENGINE},
    {SOCK, "/run/k0s/containerd.sock", "/run/k0s", SOCKET, NULL, "+k0s", ENGINE},
    {SOCK, "/run/containerd/containerd.sock", "/run/containerd", SOCKET, "containerd", NULL, ENGINE},
    {SOCK, "/run/crio/crio.sock", "/run/crio", SOCKET, "cri-o", NULL, ENGINE},
    {SOCK, "/run/cri-dockerd.sock", "/run/cri-dockerd.sock", SOCKET, "docker", NULL, ENGINE},
    {SOCK, "/run/dockershim.sock", "/run/dockershim.sock", SOCKET, "docker", NULL, ENGINE},
    {SOCK, "/run/docker/containerd/containerd.sock", "/run/docker", SOCKET, "docker", NULL, ENGINE},
    {SOCK, "/var/snap/microk8s/common/run/containerd.sock", "/var/snap/microk8s", SOCKET, NULL, NULL, ENGINE},
    {SOCK, "/run/podman/podman.sock", "/run/podman", SOCKET, NULL, NULL, ENGINE},
    {SOCK, "/run/buildkit/buildkitd.sock", "/run/buildkit", SOCKET, NULL, NULL, "the builder runs steps as root of the node"},
    {EDGE_CE_UMH_CORE_PATTERN, "/proc/sys/kernel/core_pattern", "/proc", KERNEL, NULL, NULL, "the kernel runs what it names when a process crashes"},
    {EDGE_CE_UMH_CORE_PATTERN, "/proc/sys/kernel/modprobe", "/proc", KERNEL, NULL, NULL, "the kernel runs what it names to load a module"},
    {EDGE_CE_UEVENT_HELPER, "/sys/kernel/uevent_helper", "/sys", KERNEL | BUILT, NULL, NULL, "the kernel runs what it names when a device appears"},
    {EDGE_CE_KUBELET_SOCK, "/var/lib/kubelet/device-plugins", "/var/lib/kubelet/device-plugins", 0, NULL, NULL, "a device plugin says what the kubelet mounts into the pods that ask for its devices"},
    {EDGE_CE_KUBELET_SOCK, "/var/lib/kubelet/plugins_registry", "/var/lib/kubelet/plugins_registry", TREE, NULL, NULL, "the kubelet takes up a plugin whose socket appears there"},
};
/* clang-format on */

#undef SOCK
#undef ENGINE

/* Whether the node says that it runs what the socket belongs to. */
static enum tri runs(const struct row *w, const struct fact_node *n)
{
    const char *says = !n ? "" : w->kubelet ? n->kubelet : n->runtime;

    if (!w->runtime && !w->kubelet)
        return TRI_UNSET;
    if (!*says)
        return TRI_UNSET;
    return (w->kubelet ? strstr(says, w->kubelet) != NULL : g_str_has_prefix(says, w->runtime))
               ? TRI_YES
               : TRI_NO;
}

/* Whether a mount of `path` shows the place; *doubt says why that is not sure, else it is NULL. */
static bool covers(const struct row *w, const char *path, const struct fact_node *n,
                   const char **doubt)
{
    bool near = hostpath_inside(w->path, path) && hostpath_inside(path, w->home);

    *doubt = NULL;
    if (w->flags & TREE && hostpath_inside(path, w->path))
        return true;
    if (!(w->flags & SOCKET))
        return near;
    if (near) { /* somebody named it or its own folder, so it may be there whatever the node says */
        if (w->runtime && runs(w, n) != TRI_YES)
            *doubt = "the node does not say that it runs this container runtime";
        return true;
    }
    if (!hostpath_inside(w->path, path) || (!w->runtime && runs(w, n) != TRI_YES) ||
        runs(w, n) == TRI_NO)
        return false;
    if (runs(w, n) == TRI_UNSET)
        *doubt = "the node does not say which container runtime it runs";
    return true;
}

size_t hostplace_find(const char *path, bool read_only, const struct fact_node *n,
                      struct hostplace out[HOSTPLACE_KINDS])
{
    enum edge_kind said = EDGE_KIND_NONE;
    const char *doubt;
    size_t found = 0;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];

        if (r->kind == said || (read_only && !(r->flags & SOCKET)) || !covers(r, path, n, &doubt))
            continue;
        said = r->kind;
        if (r->flags & BUILT)
            doubt = "whether the node's kernel was built with it, as few are, is not known";
        out[found++] = (struct hostplace){
            .kind = r->kind,
            .path = r->path,
            .note = r->note,
            .doubt = doubt,
            .doubt_field = r->flags & BUILT ? "status.nodeInfo.kernelVersion"
                                            : "status.nodeInfo.containerRuntimeVersion",
            .kernel = r->flags & KERNEL};
    }
    return found;
}
