"""Prints the logits of each checkpoint that is named, one JSON list to a line."""

import json, sys, torch
from transformers import AutoModelForCausalLM
for folder in sys.argv[1:]:
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager")
    with torch.no_grad():
        logits = model(torch.tensor([[3, 14, 15, 92, 6, 53, 58, 9]])).logits
    print(json.dumps(logits.flatten().tolist()))
