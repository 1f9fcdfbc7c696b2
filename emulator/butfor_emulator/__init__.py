"""An AWS account to practise on: moto, plus what an incident investigator reads and moto does not have."""
