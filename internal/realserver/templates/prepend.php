<?php
// DAViCal includes /etc/davical/{SERVER_NAME}-conf.php: from there up to the root, and down to this server's own folder.
$_SERVER['SERVER_NAME'] = '../..{{.Dir}}/davical';
