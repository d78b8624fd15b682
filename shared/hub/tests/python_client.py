"""What the tests have the Hub's own Python client do: one call a process, answered as JSON on the last line of stdout."""

import json
import sys

from huggingface_hub import HfApi, hf_hub_download, scan_cache_dir, snapshot_download, try_to_load_from_cache

api = HfApi()


def model_info(repo, token=None):
    info = api.model_info(repo, files_metadata=True, token=token)
    return {
        "sha": info.sha,
        "private": info.private,
        "gated": info.gated,
        "tags": info.tags,
        "task": info.pipeline_tag,
        "downloads": info.downloads,
        "files": {
            file.rfilename: [file.size, file.blob_id, file.lfs.sha256 if file.lfs else None] for file in info.siblings
        },
    }


def list_models(**narrowed):
    return [model.id for model in api.list_models(**narrowed)]


def list_files_of_models(**narrowed):
    return {model.id: [file.rfilename for file in model.siblings] for model in api.list_models(full=True, **narrowed)}


def list_repo_tree(**where):
    """Sizes of files by path, `None` for folders."""
    return {entry.path: getattr(entry, "size", None) for entry in api.list_repo_tree(**where)}


def whoami(token):
    account = api.whoami(token=token)
    token = account["auth"]["accessToken"]
    return [account["name"], [organisation["name"] for organisation in account["orgs"]], token["role"]]


def snapshot(repo, **how):
    return snapshot_download(repo, **how)


def file(repo, path, **how):
    return hf_hub_download(repo, path, **how)


def snapshot_when_told(repo):
    """Waits for a line on stdin, so that everything slow at the start is over by then."""
    print("ready", flush=True)
    sys.stdin.readline()
    return snapshot_download(repo)


def cached(repo, paths):
    """Where each file is in the cache."""
    return {path: try_to_load_from_cache(repo, path) for path in paths}


def scan():
    found = scan_cache_dir()
    return {
        "warnings": [str(warning) for warning in found.warnings],
        "incomplete": len(found.incomplete_files),
        "size": found.size_on_disk,
        "repos": {
            repo.repo_id: {
                revision.commit_hash: {
                    "refs": sorted(revision.refs),
                    "size": revision.size_on_disk,
                    "files": {
                        str(file.file_path.relative_to(revision.snapshot_path)): file.size_on_disk
                        for file in revision.files
                    },
                }
                for revision in repo.revisions
            }
            for repo in found.repos
            if repo.repo_type == "model"
        },
    }


def delete(commit):
    scan_cache_dir().delete_revisions(commit).execute()


def refusal(call, **arguments):
    """The error that the call ends with: the names of its classes, and the HTTP status."""
    try:
        answer = globals()[call](**arguments)
    except Exception as error:
        classes = [kind.__name__ for kind in type(error).__mro__]
        return [classes, error.response.status_code, str(error)]
    raise SystemExit(f"expected an error, and {call} answered {answer}")


if __name__ == "__main__":
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    print(json.dumps(globals()[name](**arguments)))
