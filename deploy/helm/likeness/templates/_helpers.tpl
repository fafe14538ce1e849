{{- define "likeness.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "likeness.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* What a part is selected by; it never changes. Wants a dict of root and part. */}}
{{- define "likeness.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "likeness.claim" -}}
{{ .Values.storage.existingClaim | default (include "likeness.name" .) }}
{{- end }}

{{/* No rights, no token of the cluster, nothing to write to but what is mounted. */}}
{{- define "likeness.podSecurity" -}}
automountServiceAccountToken: false
# Links to services would be in the environment as LIKENESS_..., which Likeness refuses as settings that it does not know.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* A container of a word of the image. Wants a dict of root and part. */}}
{{- define "likeness.container" -}}
name: {{ .part }}
image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .part }}]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
env:
  - { name: LIKENESS_IMAGES_DIR, value: /var/lib/likeness/images }
  - { name: LIKENESS_ERASURE_LEDGER, value: /var/lib/likeness/erasures.jsonl }
  - { name: MILVUS_ADDRESS, value: {{ .root.Values.milvusAddress | quote }} }
  - { name: DATABASE_URL_FILE, value: /run/secrets/likeness/database-url }
  - { name: REDIS_URL_FILE, value: /run/secrets/likeness/redis-url }
  - { name: MILVUS_TOKEN_FILE, value: /run/secrets/likeness/milvus-token }
  - { name: LIKENESS_OPERATOR_KEY_FILE, value: /run/secrets/likeness/operator-key }
  - { name: LIKENESS_KEY_PEPPER_FILE, value: /run/secrets/likeness/key-pepper }
  - { name: LIKENESS_SIGNING_KEY_FILE, value: /run/secrets/likeness/signing-key }
  - { name: LIKENESS_AUDIT_KEY_FILE, value: /run/secrets/likeness/audit-key }
  - { name: LIKENESS_DB_APP_PASSWORD_FILE, value: /run/secrets/likeness/db-app-password }
  - { name: LIKENESS_DB_SYSTEM_PASSWORD_FILE, value: /run/secrets/likeness/db-system-password }
  - { name: LIKENESS_METRICS_TOKEN_FILE, value: /run/secrets/likeness/metrics-token }
{{- range $name, $value := .root.Values.settings }}
  - { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
volumeMounts:
  - { name: data, mountPath: /var/lib/likeness }
  - { name: tmp, mountPath: /tmp }
  - { name: secrets, mountPath: /run/secrets/likeness, readOnly: true }
{{- end }}

{{- define "likeness.probes" -}}
ports:
  - { name: http, containerPort: 4000 }
# Packs are compiled at the first start, before anything is served.
startupProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 5
  timeoutSeconds: 4
{{- end }}

{{- define "likeness.volumes" -}}
- name: tmp
  emptyDir: {}
- name: secrets
  secret: { secretName: {{ .Values.existingSecret }}, defaultMode: 0440 }
{{- end }}
