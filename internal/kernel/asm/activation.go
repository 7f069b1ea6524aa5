package main

func activation(a *assembler) {}
