/** What a shell must be told so that Tab asks skoop. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Each hands the words up to the cursor to `skoop __complete`, and takes files where that says nothing. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# skoop completion bash > /etc/bash_completion.d/skoop
_skoop() {
  local IFS=$'\\n'
  COMPREPLY=($(skoop __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -o nosort -F _skoop skoop kubectl-skoop
`,
  zsh: `#compdef skoop kubectl-skoop
# skoop completion zsh > "\${fpath[1]}/_skoop"
_skoop() {
  local -a found
  found=("\${(@f)$(skoop __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -Q -- "\${found[@]}"; else _files; fi
}
if [[ "$funcstack[1]" = _skoop ]]; then _skoop; else compdef _skoop skoop kubectl-skoop; fi
`,
  fish: `# skoop completion fish > ~/.config/fish/completions/skoop.fish
function __skoop_complete
  set -l words (commandline -opc)
  set -l found (skoop __complete $words[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c skoop -f -a '(__skoop_complete)'
`,
};
