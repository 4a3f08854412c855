/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pod templates: what is kept of them and how they become pods, for pods and for all workloads. */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

#define PODSPEC_KEEP_SECURITY(at)                                                                  \
    at "runAsUser", at "runAsGroup", at "runAsNonRoot", at "seccompProfile.type",                  \
        at "seccompProfile.localhostProfile", at "appArmorProfile.type",                           \
        at "appArmorProfile.localhostProfile", at "windowsOptions.hostProcess"

/* Environment names and references; never a value, a command or an argument (pods keep a few flags
 * of etcd, DaemonSets one of aws-node: ingest/kinds). */
#define PODSPEC_KEEP_CONTAINER(at)                                                                 \
    at "name", at "image", at "restartPolicy", at "targetContainerName", at "stdin", at "tty",     \
        PODSPEC_KEEP_SECURITY(at "securityContext."), at "securityContext.privileged",             \
        at "securityContext.allowPrivilegeEscalation",                                             \
        at "securityContext.readOnlyRootFilesystem", at "securityContext.procMount",               \
        at "securityContext.capabilities.*", at "volumeMounts[].*", at "volumeDevices[].*",        \
        at "ports[].*", at "env[].name", at "env[].valueFrom.secretKeyRef.*",                      \
        at "env[].valueFrom.configMapKeyRef.*", at "envFrom[].secretRef.*",                        \
        at "envFrom[].configMapRef.*"

/* CSI attributes and flexVolume options are free text and may hold credentials: only the name of
 * the Secrets Store class is kept. */
#define PODSPEC_KEEP_VOLUME(at)                                                                    \
    at "name", at "hostPath.*", at "emptyDir.*", at "persistentVolumeClaim.*",                     \
        at "secret.secretName", at "secret.optional", at "secret.items[].key",                     \
        at "configMap.name", at "configMap.optional", at "configMap.items[].key",                  \
        at "projected.sources[].serviceAccountToken.*", at "projected.sources[].secret.name",      \
        at "projected.sources[].secret.optional", at "projected.sources[].secret.items[].key",     \
        at "projected.sources[].configMap.name", at "projected.sources[].configMap.optional",      \
        at "csi.driver", at "csi.readOnly", at "csi.nodePublishSecretRef.name",                    \
        at "csi.volumeAttributes.secretProviderClass",                                             \
        at "ephemeral.volumeClaimTemplate.spec.storageClassName", at "nfs.server", at "nfs.path"

/* The keep paths of a PodSpec at "spec." or "spec.template.spec.". */
#define PODSPEC_KEEP(at)                                                                           \
    at "nodeName", at "serviceAccountName", at "serviceAccount",                                   \
        at "automountServiceAccountToken", at "hostNetwork", at "hostPID", at "hostIPC",           \
        at "hostUsers", at "shareProcessNamespace", at "runtimeClassName", at "os.name",           \
        at "imagePullSecrets[].name", PODSPEC_KEEP_SECURITY(at "securityContext."),                \
        PODSPEC_KEEP_VOLUME(at "volumes[]."), PODSPEC_KEEP_CONTAINER(at "containers[]."),          \
        PODSPEC_KEEP_CONTAINER(at "initContainers[]."),                                            \
        PODSPEC_KEEP_CONTAINER(at "ephemeralContainers[].")

/* The annotations of pods that rules read, of metadata at "metadata." or "spec.template.metadata.".
 */
#define PODSPEC_KEEP_ANNOTATIONS(at)                                                               \
    at "annotations.\"container.apparmor.security.beta.kubernetes.io/*\"",                         \
        at "annotations.\"container.seccomp.security.alpha.kubernetes.io/*\"",                     \
        at "annotations.\"seccomp.security.alpha.kubernetes.io/pod\"",                             \
        at "annotations.\"kubernetes.io/config.mirror\"", at "annotations.\"graphd.io/*\""

/* The keep paths of a pod template at "spec.template.". */
#define PODSPEC_KEEP_TEMPLATE(at)                                                                  \
    at "metadata.labels.*", PODSPEC_KEEP_ANNOTATIONS(at "metadata."), PODSPEC_KEEP(at "spec.")

/* Reads a PodSpec into *p, whose meta has been read, with the defaults that the API server sets.
 * `status` of a real pod gives the container ids, and which ephemeral containers ended; its v is
 * NULL for a template. Errors: INPUT with the JSON path. */
bool podspec_parse(const struct jx *spec, const struct jx *status, struct facts *f,
                   struct fact_pod *p, struct err *e) MUST_CHECK;

/* Adds the workload `item`, whose member `holder` ("spec" for most) holds the template.
 * Errors: INPUT with the JSON path. */
bool podspec_workload(const struct jx *item, const char *kind, const struct jx *holder,
                      int64_t replicas, struct facts *f, struct err *e) MUST_CHECK;

/* The same for kinds whose spec holds `replicas` (1 if absent) and the template. */
bool podspec_replicated(const struct jx *item, const char *kind, struct facts *f, struct err *e)
    MUST_CHECK;
