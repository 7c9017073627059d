#!/bin/sh
# Runs the repository's own hook of the name that this is called by, as git would without us, and adds co-authors to the
# messages of new commits. It stands in HOME/hooks, a link, and HOME/trailers has the people, a line each. Whatever goes
# wrong with these keeps no commit from being made.

name=${0##*/}
here=${0%/*}
home=${here%/*}

# The configuration without us: git and the repository's hooks see what they would see otherwise.
count=${GIT_CONFIG_COUNT:-0}
case $count in *[!0-9]*) count=0 ;; esac
n=0
kept=0
while [ "$n" -lt "$count" ]; do
  eval "key=\${GIT_CONFIG_KEY_$n-} value=\${GIT_CONFIG_VALUE_$n-}"
  unset "GIT_CONFIG_KEY_$n" "GIT_CONFIG_VALUE_$n"
  if [ "$key" != core.hooksPath ] || [ "$value" != "$here" ]; then
    eval "GIT_CONFIG_KEY_$kept=\$key GIT_CONFIG_VALUE_$kept=\$value"
    export "GIT_CONFIG_KEY_$kept" "GIT_CONFIG_VALUE_$kept"
    kept=$((kept + 1))
  fi
  n=$((n + 1))
done
if [ "$kept" -gt 0 ]; then export GIT_CONFIG_COUNT="$kept"; else unset GIT_CONFIG_COUNT; fi

own=$(git rev-parse --git-path hooks 2>/dev/null </dev/null)/$name
case $own in "$0" | "/$name") own= ;; esac
case $name in
  prepare-commit-msg | commit-msg)
    if [ -n "$own" ] && [ -x "$own" ]; then "$own" "$@" || exit; fi
    ;;
  *)
    if [ -n "$own" ] && [ -x "$own" ]; then exec "$own" "$@"; fi
    exit 0
    ;;
esac

# Before somebody edits it, a message has only what was given with it; what comes of a template or of another commit is
# looked at afterwards, by commit-msg.
[ "$name" = commit-msg ] || [ "${2-}" = message ] || exit 0
[ -r "$home/trailers" ] || exit 0
git rev-parse --git-path rebase-merge --git-path rebase-apply --git-path MERGE_HEAD --git-path CHERRY_PICK_HEAD \
  --git-path SQUASH_MSG 2>/dev/null </dev/null | {
  while IFS= read -r state; do [ ! -e "$state" ] || exit 1; done
} || exit 0
# An empty message ends a commit: it stays empty.
sed '/^. -\{8,\} >8 -\{8,\}$/,$d' "$1" 2>/dev/null | git stripspace --strip-comments 2>/dev/null |
  grep -qiv '^signed-off-by:' || exit 0
message=$1
set --
while IFS= read -r line; do [ -z "$line" ] || set -- "$@" --trailer "Co-authored-by: $line"; done <"$home/trailers"
[ $# -eq 0 ] || git interpret-trailers --in-place --no-divider --if-exists addIfDifferent --if-missing add "$@" \
  "$message" 2>/dev/null </dev/null
exit 0
