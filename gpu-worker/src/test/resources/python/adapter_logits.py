"""Prints the logits that PEFT computes with an adapter and the base that its config names.

python adapter_logits.py ADAPTER ID...: one number a line, of the ids as one row, in float32.
"""
import sys

import torch
from peft import AutoPeftModelForCausalLM

adapter, ids = sys.argv[1], [int(word) for word in sys.argv[2:]]
model = AutoPeftModelForCausalLM.from_pretrained(adapter, dtype=torch.float32).eval()
with torch.no_grad():
    for value in model(torch.tensor([ids])).logits.flatten().tolist():
        print(value)
