package store

import (
	"context"
	"fmt"
)

func companyColumns(c *Company) []any {
	return []any{&c.ID, &c.Name, raw{&c.Defaults}, at(&c.Stopped), at(&c.Created)}
}

// GetCompany reads the company that the transaction is in.
func (tx *Tx) GetCompany(ctx context.Context) (Company, error) {
	var c Company
	err := tx.one(ctx, "SELECT id, name, defaults, stopped, created, app_passwords FROM company WHERE id = $1", []any{tx.company},
		append(companyColumns(&c), &c.AppPasswords))
	return c, wrap(err, "read company %d", tx.company)
}

// PutCompany saves name, defaults and the stop of the transaction's company.
func (tx *Tx) PutCompany(ctx context.Context, c Company) error {
	if c.ID != tx.company {
		return fmt.Errorf("save company %d in a transaction of company %d: %w", c.ID, tx.company, ErrNotFound)
	}
	n, err := tx.exec(ctx, "UPDATE company SET name = $2, defaults = $3, stopped = $4, created = $5 WHERE id = $1", companyColumns(&c)...)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return wrap(err, "save company %d", c.ID)
}

// StateAppPasswords saves what an administrator has stated of the company's gateway, and leaves alone what others save of the company.
func (tx *Tx) StateAppPasswords(ctx context.Context, where string) error {
	_, err := tx.exec(ctx, "UPDATE company SET app_passwords = $2 WHERE id = $1", tx.company, where)
	return wrap(err, "save the app passwords of company %d", tx.company)
}

// CreateCompany adds a company and gives it an id; the rows in it begin at 1, or where [DB.SkipIDs] says.
func (db *DB) CreateCompany(ctx context.Context, c *Company) error {
	var id ID
	err := db.global(ctx, func(s scope) error {
		err := s.one(ctx, "INSERT INTO company (name, defaults, stopped, created) VALUES ($1, $2, $3, $4) RETURNING id",
			companyColumns(c)[1:], []any{&id})
		if err != nil {
			return err
		}
		_, err = s.exec(ctx, "INSERT INTO counter (company, next_id) SELECT $1, first_id FROM instance", id)
		return err
	})
	if err != nil {
		return fmt.Errorf("add company: %w", err)
	}
	c.ID = id
	return nil
}

// CompanyIDs lists all companies, by id.
func (db *DB) CompanyIDs(ctx context.Context) ([]ID, error) {
	var ids []ID
	err := db.view(ctx, func(s scope) (err error) {
		ids, err = list(ctx, s, func(id *ID) []any { return []any{id} }, "SELECT id FROM company ORDER BY id")
		return err
	})
	return ids, wrap(err, "list companies")
}
