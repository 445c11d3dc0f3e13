<?php
$_SERVER['SERVER_NAME'] = '127.0.0.1'; // what prepend.php changed to lead here
$c->pg_connect[] = "dbname={{.Database}} port={{.PostgresPort}} host=127.0.0.1 user=davical_app";
$c->admin_email = 'admin@example.com';
$c->system_name = 'DAViCal';
$c->default_locale = 'en';
$c->domain_name = '127.0.0.1';
