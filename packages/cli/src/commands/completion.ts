import type { Command } from 'commander';

/** Each command's words after its own: the commands below it and its options. */
function wordsOf(command: Command, before: readonly string[] = []): [path: string, words: string][] {
  const below = command.commands.filter((one) => one.name() !== 'help');
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const here: [string, string] = [before.join(' '), [...below.map((one) => one.name()), ...options].join(' ')];
  return [here, ...below.flatMap((one) => wordsOf(one, [...before, one.name()]))];
}

/** A script for the shell that completes commands, options and, elsewhere, files. */
export function completionOf(program: Command, shell: 'bash' | 'zsh'): string {
  const name = program.name();
  const cases = wordsOf(program).map(([path, words]) => `    '${path}') words='${words}' ;;`);
  const bash = `_${name}_complete() {
  local words='' path='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  while :; do
    case "$path" in
${cases.join('\n')}
    *) case "$path" in *' '*) path="\${path% *}" ; continue ;; *) path='' ; continue ;; esac ;;
    esac
    break
  done
  COMPREPLY=( $(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}") $(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}") )
}
complete -o filenames -F _${name}_complete ${name}`;
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}
