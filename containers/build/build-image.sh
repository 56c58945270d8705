#!/usr/bin/env bash
# Builds one image from its pinned base, pushes it, publishes its digest. Run by CodeBuild in the folder of the build context.
#
#   REPOSITORY_URI     <account>.dkr.ecr.<region>.amazonaws.com/<name>
#   DOCKERFILE         below the context
#   BASE               image of the base, pinned by @sha256:
#   BASE_REGISTRY      registry of ECR to log in to for the base; empty for a public one
#   BUILD_ARGUMENTS    NAME=value words, further arguments of the build; may be empty
#   DIGEST_PARAMETER   SSM parameter that gets the digest
#   CODEBUILD_BUILD_ID, AWS_REGION   set by CodeBuild
set -euo pipefail
set -f # words are split below, never expanded to file names

case "${BASE}" in
  *@sha256:*) ;;
  *)
    echo "BASE is ${BASE}: it must be pinned by @sha256:, or the same source builds another image tomorrow" >&2
    exit 1
    ;;
esac

login() {
  aws ecr get-login-password --region "${AWS_REGION}" | docker login --username AWS --password-stdin "$1"
}

registry="${REPOSITORY_URI%%/*}"
# Tags are immutable, so each build has its own; what runs is named by digest.
tag="build-${CODEBUILD_BUILD_ID##*:}"
login "${registry}"
if [ -n "${BASE_REGISTRY:-}" ]; then login "${BASE_REGISTRY}"; fi

arguments=(--build-arg "BASE=${BASE}")
for argument in ${BUILD_ARGUMENTS:-}; do arguments+=(--build-arg "${argument}"); done
docker build --file "${DOCKERFILE}" "${arguments[@]}" --tag "${REPOSITORY_URI}:${tag}" .
docker push "${REPOSITORY_URI}:${tag}"

digest="$(aws ecr describe-images --region "${AWS_REGION}" --repository-name "${REPOSITORY_URI#*/}" \
  --image-ids "imageTag=${tag}" --query 'imageDetails[0].imageDigest' --output text)"
case "${digest}" in
  sha256:*) ;;
  *)
    echo "the registry names no digest of ${REPOSITORY_URI}:${tag}, but \"${digest}\"" >&2
    exit 1
    ;;
esac
aws ssm put-parameter --region "${AWS_REGION}" --name "${DIGEST_PARAMETER}" --type String --overwrite --value "${digest}"
echo "${REPOSITORY_URI}@${digest}"
