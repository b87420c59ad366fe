# Completion of certupload(1) for bash. The options are those of --help, the
# names those of certupload.conf(5).

_certupload_titles() { # configuration file
    local path files=("$1")
    while read -r path; do
        [[ $path == /* || $1 != */* ]] || path=${1%/*}/$path
        if [[ -d $path ]]; then
            files+=("$path"/*.conf)
        else
            files+=("$path")
        fi
    done < <(sed -n 's/^[[:blank:]]*include[[:blank:]]*=[[:blank:]]*//p' \
        "$1" 2>/dev/null)
    sed -n 's/^[[:blank:]]*\[[[:blank:]]*\([^]]*[^][:blank:]]\).*/\1/p' \
        "${files[@]}" 2>/dev/null
}

_certupload() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local help config title i
    COMPREPLY=()
    case $before in
    --pkcs12)
        mapfile -t COMPREPLY < <(compgen -W "modern legacy unencrypted" -- "$word")
        return
        ;;
    --api)
        mapfile -t COMPREPLY < <(compgen -W "v1 v2 auto" -- "$word")
        return
        ;;
    --lock)
        mapfile -t COMPREPLY < <(compgen -W "wait skip fail" -- "$word")
        return
        ;;
    --key | --cert | --chain | --key-passphrase-file | --output | --api-key-file | --ca-file | --ca-bundle | --lineage | --config | --lock-dir)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --name | --project | --region | --api-url | --timeout | --at-once | --min-days | --require-name | --listener | --sni-listener | --verify | --verify-timeout | --keep)
        return
        ;;
    esac
    help=$(certupload --help)
    if [[ $word != -* ]]; then
        config=$(sed -n 's/^ *--config FILE *instead of //p' <<<"$help")
        for ((i = 1; i + 1 < COMP_CWORD; i++)); do
            [[ ${COMP_WORDS[i]} != --config ]] || config=${COMP_WORDS[i + 1]}
        done
        while IFS= read -r title; do
            [[ $title != "$word"* ]] || COMPREPLY+=("$title")
        done < <(_certupload_titles "$config")
        [[ ${#COMPREPLY[@]} -eq 0 ]] || return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$(grep -o -- '--[a-z0-9][a-z0-9-]*' \
        <<<"$help" | sort -u)" -- "$word")
}
complete -o filenames -F _certupload certupload
