package caldav

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// get answers GET and HEAD of an object.
func (s *Server) get(w http.ResponseWriter, r *http.Request, res resource) *failure {
	if res.missing() {
		return refMissing.because("nothing is here")
	}
	if res.kind != resObject {
		return refMethod.because("a collection is read with PROPFIND and REPORT")
	}
	o := res.object
	h := w.Header()
	s.objectHeaders(h, o)
	h.Set("Content-Type", contentType(o))
	h.Set("Last-Modified", o.at.UTC().Format(http.TimeFormat))
	body := o.raw
	if s.profile.GzipSuffix && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = compressed(body)
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", strings.TrimSuffix(o.etag, `"`)+`-gzip"`)
	}
	if tagListed(r.Header.Get("If-None-Match"), o.etag, true) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // what fails is the connection, and then nobody is left to be told
	}
	return nil
}

func compressed(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(b)
	if err = errors.Join(err, z.Close()); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

func (s *Server) objectHeaders(h http.Header, o *object) {
	h.Set("ETag", o.etag)
	if o.scheduleTag != "" {
		h.Set("Schedule-Tag", o.scheduleTag)
	}
}

// put stores an object (RFC 4791 section 5.3.2).
func (s *Server) put(w http.ResponseWriter, r *http.Request, res resource, who *account) *failure {
	if f := s.placeForPut(r, res); f != nil {
		return f
	}
	body, f := s.readObject(r)
	if f != nil {
		return f
	}
	if f := s.guardPut(r, res.object); f != nil {
		return f
	}
	res.object = s.race(res)
	root, fa, f := s.examine(body)
	if f == nil {
		f = s.fits(res, fa)
	}
	if f != nil {
		return f
	}
	root, scheduled, f := s.scheduleWrite(who, res, root)
	if f != nil {
		return f
	}
	stored := body
	if scheduled {
		stored = root.bytes()
	}
	stored = s.normalise(stored)
	created := res.object == nil
	o := s.store(res.collection, res.name, stored, fa, false)
	s.answerPut(w, o, created, bytes.Equal(stored, body))
	return nil
}

// placeForPut checks what does not hang on the body.
func (s *Server) placeForPut(r *http.Request, res resource) *failure {
	switch {
	case res.kind == resCollection && res.collection == nil:
		return refLocation.because("objects are put into calendars")
	case res.kind != resObject:
		return refMethod.because("PUT is for objects")
	case res.collection == nil:
		return refParent.because("the calendar is not there")
	case res.collection.kind != kindCalendar:
		return refLocation.because("objects are put into calendars")
	case res.collection.readOnly:
		return refPrivilege.because("read-only")
	case s.profile.NeedLength && r.ContentLength < 0:
		return refLength.because("Content-Length is needed")
	}
	if t := mediaType(r); t != "text/calendar" {
		return refType.because("Content-Type is not text/calendar")
	}
	return nil
}

// readObject reads the body up to max-resource-size.
func (s *Server) readObject(r *http.Request) ([]byte, *failure) {
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(s.maxSize())+1))
	if err != nil {
		return nil, refData.because("read body: " + err.Error())
	}
	if len(body) > s.maxSize() {
		return nil, refSize.because("above max-resource-size")
	}
	return body, nil
}

// race lets others in between the guard and the write, where the profile does, and reads what they left.
func (s *Server) race(res resource) *object {
	if s.profile.RaceWindow > 0 {
		s.mu.Unlock()
		time.Sleep(s.profile.RaceWindow)
		s.mu.Lock()
	}
	return res.collection.objects[res.name]
}

// fits checks a valid object against the calendar that it is to stand in.
func (s *Server) fits(res resource, f facts) *failure {
	c := res.collection
	supported := false
	for _, name := range c.components {
		supported = supported || name == f.component
	}
	if !supported {
		return refComponent.because(f.component + " is not taken here")
	}
	taken := c.uids[f.uid]
	clash := taken != "" && taken != res.name
	clash = clash || res.object != nil && res.object.facts.uid != f.uid
	if !clash {
		return nil
	}
	fail := refUID.because("the UID belongs to " + s.href(c.path()+taken))
	switch s.profile.UIDConflict {
	case UIDAllowed:
		return nil
	case UID403:
		fail.Status, fail.Code = http.StatusForbidden, "C:unique-scheduling-object-resource"
	case UID207:
		fail.Status, fail.inside = http.StatusPreconditionFailed, true
	}
	return fail
}

// answerPut answers a PUT that was done.
func (s *Server) answerPut(w http.ResponseWriter, o *object, created, verbatim bool) {
	h := w.Header()
	if s.profile.PutETag == ETagAlways || s.profile.PutETag == ETagIfVerbatim && verbatim {
		h.Set("ETag", o.etag)
	}
	if o.scheduleTag != "" {
		h.Set("Schedule-Tag", o.scheduleTag)
	}
	h.Set("Content-Length", "0")
	switch {
	case created:
		w.WriteHeader(http.StatusCreated)
	case s.profile.UpdateStatus != 0:
		w.WriteHeader(s.profile.UpdateStatus)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// delete removes an object or a calendar.
func (s *Server) delete(w http.ResponseWriter, r *http.Request, res resource, who *account) *failure {
	switch {
	case res.missing():
		return refMissing.because("nothing is here")
	case res.kind != resCollection && res.kind != resObject, res.kind == resCollection && res.collection.kind != kindCalendar:
		return refMethod.because("this cannot be deleted")
	case res.collection.readOnly:
		return refPrivilege.because("read-only")
	}
	if res.kind == resCollection {
		for _, o := range res.collection.sorted() {
			s.scheduleDelete(who, res.collection, o, false)
		}
		res.account.dropCollection(res.collection.name)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if f := s.guardDelete(r, res.object); f != nil {
		return f
	}
	silent := strings.EqualFold(r.Header.Get("Schedule-Reply"), "F")
	s.scheduleDelete(who, res.collection, res.object, silent)
	s.remove(res.collection, res.object)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
