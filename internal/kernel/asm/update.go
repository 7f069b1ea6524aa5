package main

func update(a *assembler) {}
