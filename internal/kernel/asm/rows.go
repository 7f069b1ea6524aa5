package main

func rows(a *assembler) {}
