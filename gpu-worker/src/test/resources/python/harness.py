"""What lm-evaluation-harness makes of the questions in zeroshot/questions: zeroshot/golden.json.

The checkpoint is a folder of the demo model. Each run has prompts, log-likelihoods, acc and
acc_norm of each task: "never" without a begin token, "always" with one. By default the harness
leaves it to the tokenizer; the demo model's adds none.

usage: harness.py CHECKPOINT QUESTIONS > golden.json
needs: lm-eval 0.4.13 with its extra hf
"""

import contextlib
import json
import pathlib
import sys
import tempfile

import lm_eval
import torch
import transformers
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

TASKS = ["boolq", "piqa", "hellaswag", "winogrande", "arc_easy", "arc_challenge", "openbookqa"]


def prepared(questions, folder):
    """The rows with the types that the data sets have, one file to a task."""
    for task in TASKS:
        lines = (questions / f"{task}.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        for row in rows:
            if "answer" in row and isinstance(row["answer"], bool):
                row["label"] = int(row.pop("answer"))
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{task}.jsonl").write_text(text, encoding="utf-8")


def task(name, folder):
    """The harness's own task, but for where its rows lie."""
    known = TaskManager()._entry(name)
    config = folder / f"{name}.yaml"
    config.write_text(
        f"include: {known.yaml_path}\n"
        f"task: {name}\n"
        "dataset_path: json\n"
        "dataset_name: null\n"
        f"dataset_kwargs: {{data_files: {{validation: {folder / name}.jsonl}}}}\n"
        "training_split: null\n"
        "validation_split: validation\n"
        "test_split: null\n",
        encoding="utf-8",
    )
    return str(config)


def model(checkpoint, add_bos_token):
    return HFLM(
        pretrained=str(checkpoint),
        dtype="float32",
        device="cpu",
        batch_size=16,
        add_bos_token=add_bos_token,
    )


def run(scorer, folder):
    tasks = [task(name, folder) for name in TASKS]
    found = lm_eval.simple_evaluate(
        model=scorer, tasks=tasks, num_fewshot=0, log_samples=True, bootstrap_iters=0
    )
    results = {}
    for name in TASKS:
        samples = sorted(found["samples"][name], key=lambda sample: sample["doc_id"])
        metrics = found["results"][name]
        results[name] = {
            "acc": metrics["acc,none"],
            "acc_norm": metrics.get("acc_norm,none"),
            "requests": [list(pair) for sample in samples for pair in sample["arguments"]],
            "loglikelihoods": [
                round(float(response[0][0]), 5) for sample in samples for response in sample["resps"]
            ],
        }
    return results


def lines(run):
    """A line to a task."""
    return [f'  "{name}": {json.dumps(run[name], ensure_ascii=False)}' for name in TASKS]


def main(checkpoint, questions):
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepared(pathlib.Path(questions), folder)
        with contextlib.redirect_stdout(sys.stderr):
            if model(checkpoint, None).tok_encode("a") != model(checkpoint, False).tok_encode("a"):
                sys.exit("the tokenizer puts something before a text: not the demo model's")
            never = run(model(checkpoint, False), folder)
            always = run(model(checkpoint, True), folder)
    print("{")
    print(f' "harness": "{lm_eval.__version__}",')
    print(f' "transformers": "{transformers.__version__}",')
    print(' "never": {', ",\n".join(lines(never)), "},", sep="\n")
    print(' "always": {', ",\n".join(lines(always)), "}", sep="\n")
    print("}")


main(*sys.argv[1:])
