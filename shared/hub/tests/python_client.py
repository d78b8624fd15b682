"""What the tests have the Hub's own Python client do: one call a process, with its result as JSON on the last line of stdout."""

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


def list_models(**filters):
    return [model.id for model in api.list_models(**filters)]


def list_files_of_models(**filters):
    return {model.id: [file.rfilename for file in model.siblings] for model in api.list_models(full=True, **filters)}


def list_repo_tree(**arguments):
    """Sizes of files by path, `None` for folders."""
    return {entry.path: getattr(entry, "size", None) for entry in api.list_repo_tree(**arguments)}


def whoami(token):
    account = api.whoami(token=token)
    token = account["auth"]["accessToken"]
    return [account["name"], [organisation["name"] for organisation in account["orgs"]], token["role"]]


def snapshot(repo, **options):
    return snapshot_download(repo, **options)


def file(repo, path, **options):
    return hf_hub_download(repo, path, **options)


def snapshot_on_signal(repo):
    """Waits for a line on stdin, so that the slow imports are done by then."""
    print("ready", flush=True)
    sys.stdin.readline()
    return snapshot_download(repo)


def cached(repo, paths):
    """Where each file is in the cache."""
    return {path: try_to_load_from_cache(repo, path) for path in paths}


def scan():
    cache = scan_cache_dir()
    return {
        "warnings": [str(warning) for warning in cache.warnings],
        "incomplete": len(cache.incomplete_files),
        "size": cache.size_on_disk,
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
            for repo in cache.repos
            if repo.repo_type == "model"
        },
    }


def delete(commit):
    scan_cache_dir().delete_revisions(commit).execute()


def refusal(call, **arguments):
    """The error that the call ends with: the names of its classes, and the HTTP status."""
    try:
        result = globals()[call](**arguments)
    except Exception as error:
        classes = [kind.__name__ for kind in type(error).__mro__]
        return [classes, error.response.status_code, str(error)]
    raise SystemExit(f"expected an error, and {call} returned {result}")


if __name__ == "__main__":
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    print(json.dumps(globals()[name](**arguments)))
