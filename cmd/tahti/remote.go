package main

type connectCmd struct{}
type syncCmd struct{}
type statusCmd struct{}
type exportCmd struct{}
type importCmd struct{}
