<?php
// Leaves everything but the well-known address to PHP's own server, which finds caldav.php and sets PATH_INFO.
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (preg_match('#^/\.well-known/(caldav|carddav)#', $path)) {
  header('Location: /caldav.php/', true, 301);
  return true;
}
return false;
