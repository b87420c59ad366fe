# Completion of certupload(1) for bash. The options are those of --help.
_certupload() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $before in
    --pkcs12)
        mapfile -t COMPREPLY < <(compgen -W "modern legacy unencrypted" -- "$word")
        return
        ;;
    --key | --cert | --chain | --key-passphrase-file | --output | --api-key-file | --ca-file | --ca-bundle | --lineage)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --name | --project | --region | --api-url | --timeout | --min-days | --require-name)
        return
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$(certupload --help |
        grep -o -- '--[a-z0-9][a-z0-9-]*' | sort -u)" -- "$word")
}
complete -o filenames -F _certupload certupload
